using System.CommandLine;
using TransferLearning.Keras;

namespace TransferLearning.Cli;

/// <summary>Writes a checkpoint in another form.</summary>
internal sealed class ConvertCommand : ToolSubcommand
{
    private readonly Argument<string> _from = new("from")
    {
        Description = "The checkpoint: .pth, .pt, .bin, .safetensors, a sharded set's index, Keras's .h5 or .keras.",
    };

    private readonly Argument<string> _to = new("to") { Description = "The file to write: .safetensors or .pth." };
    private readonly Option<string?> _section = new("--section") { Description = "Which dictionary of the file, where it has several." };
    private readonly Option<string?> _model = new("--model")
    {
        Description = "The architecture of a Keras file: vgg16, resnet50, mobilenet_v2, ...",
    };

    public ConvertCommand()
        : base("convert", "Write a checkpoint in another form. Nothing in it is run. Example: tl convert resnet18.pth resnet18.safetensors")
    {
        Arguments.Add(_from);
        Arguments.Add(_to);
        Options.Add(_section);
        Options.Add(_model);
    }

    private protected override int Run(ParseResult line, Terminal terminal, CancellationToken cancellationToken)
    {
        string from = line.GetValue(_from)!, to = line.GetValue(_to)!;
        if (Path.GetExtension(to).ToUpperInvariant() is not (".SAFETENSORS" or ".PTH" or ".PT"))
        {
            throw new UsageException($"'{to}' ends in none of .safetensors, .pth and .pt.");
        }

        if (Path.GetFullPath(from) == Path.GetFullPath(to))
        {
            throw new UsageException("The file would be written over itself: give another name.");
        }

        int count;
        if (ModelOptions.IsKeras(from))
        {
            using ImageModel keras = KerasPretrained.Load(
                line.GetValue(_model) ?? throw new UsageException("A Keras file does not say its architecture as a name: give --model."),
                from);
            using StateDict weights = StateDict.FromTensors(keras.Module.State());
            weights.Save(to);
            count = weights.Entries.Count;
        }
        else
        {
            using StateDict weights = StateDict.Open(from, new CheckpointOptions { Section = line.GetValue(_section) });
            weights.Save(to);
            count = weights.Entries.Count;
        }

        terminal.Result($"written: {to}, {count} tensors", new { Out = to, Tensors = count });
        return ExitCode.Success;
    }
}
