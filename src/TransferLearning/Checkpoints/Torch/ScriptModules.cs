namespace TransferLearning;

/// <summary>The weights in the modules of a TorchScript program: a pickle of objects, each with its attributes, of which tensors and
/// further objects count. The program's code, constants and types are not looked at.</summary>
internal static class ScriptModules
{
    private const int TensorLimit = 1 << 20;

    /// <summary>The tensors under the names that <c>state_dict()</c> gives them: the path of attributes, parted by dots.</summary>
    /// <exception cref="CheckpointException">There are none, or too many.</exception>
    public static CheckpointContent Weights(CheckpointFile file, CheckpointValue root, CheckpointOptions options)
    {
        CheckpointDictionary weights = new("OrderedDict"); // as state_dict() is one
        long letters = 0;
        Stack<(string Prefix, CheckpointValue Module)> open = new();
        open.Push(("", root));
        while (open.TryPop(out (string Prefix, CheckpointValue Module) next))
        {
            // The last child is put down first, so that the first comes out next.
            foreach ((CheckpointValue key, CheckpointValue value) in next.Module.Pairs.Reverse())
            {
                if (IsModule(value) && key.AsString() is { } child)
                {
                    open.Push((Count($"{next.Prefix}{child}."), value));
                }
            }

            foreach ((CheckpointValue key, CheckpointValue value) in next.Module.Pairs)
            {
                if (value.Tensor is { } tensor && key.AsString() is { } name)
                {
                    weights.Set(CheckpointValue.Of(Count(next.Prefix + name)), CheckpointValue.Of(tensor));
                }
            }
        }

        return weights.Pairs.Count > 0
            ? new CheckpointContent(CheckpointValue.Of(weights))
            : throw file.Error(
                CheckpointErrorKind.TorchScript,
                null,
                "The archive is a TorchScript program without weights: it was frozen, and they are constants of its code.",
                "Save the weights in Python before torch.jit.freeze: torch.save(model.state_dict(), path).");

        // One object may be many attributes', so names may grow far beyond the file.
        string Count(string name)
        {
            letters += name.Length;
            return letters <= options.MaximumDescriptionBytes && weights.Pairs.Count < TensorLimit
                ? name
                : throw file.Error(
                    CheckpointErrorKind.TooLarge,
                    null,
                    $"Its modules have more than {TensorLimit} tensors, or names of more than {options.MaximumDescriptionBytes} letters.",
                    CheckpointFile.RemedyPublisher);
        }
    }

    private static bool IsModule(CheckpointValue value)
        => value.ClassName?.StartsWith(PickleGlobal.ScriptClasses, StringComparison.Ordinal) == true;
}
