namespace TransferLearning;

/// <summary>Finds the dictionary of weights in a checkpoint's tree and names its tensors.</summary>
internal static class StateDictSection
{
    private static readonly string[] Wrappers = ["state_dict", "model", "model_state_dict"];

    public static List<TensorEntry> Entries(CheckpointFile file, CheckpointValue root, CheckpointOptions options)
    {
        CheckpointValue section = options.Section is null ? Unwrap(root) : Follow(file, root, options.Section);
        List<KeyValuePair<string, TensorView>> tensors = [];
        foreach ((CheckpointValue key, CheckpointValue value) in section.Pairs)
        {
            if (key.AsString() is { } name && value.Tensor is { } tensor)
            {
                tensors.Add(new(name, tensor));
            }
        }

        int strip = PrefixLength(tensors, options.StripPrefixes);
        List<TensorEntry> entries = [];
        Dictionary<string, string> origins = [];
        foreach ((string name, TensorView tensor) in tensors)
        {
            string stripped = name[strip..];
            string? renamed = options.KeyMap is null ? stripped : options.KeyMap.Apply(stripped);
            if (renamed is null)
            {
                continue;
            }

            if (!origins.TryAdd(renamed, name))
            {
                throw file.Error(
                    CheckpointErrorKind.DuplicateEntry,
                    $"tensor '{name}'",
                    $"The key map names both it and '{origins[renamed]}' '{renamed}'.",
                    "Make the rules of CheckpointOptions.KeyMap more exact.");
            }

            entries.Add(new TensorEntry(renamed, tensor));
        }

        return entries;
    }

    private static CheckpointValue Unwrap(CheckpointValue root)
    {
        CheckpointValue current = root;
        while (Array.ConvertAll(Wrappers, wrapper => current[wrapper]).FirstOrDefault(HoldsTensors) is { } inner)
        {
            current = inner;
        }

        return current;
    }

    /// <summary>Tensors of its own, or a wrapper that has them: the tree is finite, so this ends.</summary>
    private static bool HoldsTensors(CheckpointValue? value) => value is not null
        && (value.Pairs.Any(pair => pair.Value.Tensor is not null) || Array.Exists(Wrappers, wrapper => HoldsTensors(value[wrapper])));

    private static CheckpointValue Follow(CheckpointFile file, CheckpointValue root, string section)
    {
        CheckpointValue current = root;
        foreach (string key in section.Split('/'))
        {
            current = current[key] ?? throw file.Error(
                CheckpointErrorKind.MissingEntry,
                $"section '{section}'",
                $"There is no '{key}'; the keys there are: {string.Join(", ", current.Pairs.Take(10).Select(pair => pair.Key))}.",
                "Set CheckpointOptions.Section to the path of the weights.");
        }

        return current;
    }

    private static int PrefixLength(List<KeyValuePair<string, TensorView>> tensors, IReadOnlyList<string> prefixes)
    {
        int length = 0;
        while (tensors.Count > 0
            && prefixes.FirstOrDefault(prefix => prefix.Length > 0 && tensors.TrueForAll(tensor => Has(tensor.Key, prefix))) is { } found)
        {
            length += found.Length;
        }

        return length;

        bool Has(string name, string prefix) => name.AsSpan(length).StartsWith(prefix, StringComparison.Ordinal);
    }
}
