using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>Gives the entries of a text checkpoint the names that the network has for them.</summary>
internal static class HuggingFaceNames
{
    /// <summary>
    /// The entries under the network's names. Of two entries that mean one parameter, a tied one and its own, the own one counts; what the
    /// architecture ignores is left out; what is unknown keeps its name.
    /// </summary>
    public static List<TensorEntry> Resolve(TextNetwork network, IEnumerable<KeyValuePair<string, Tensor>> targets, IReadOnlyList<TensorEntry> stored)
    {
        HashSet<string> known = [.. targets.Select(target => target.Key)];
        Dictionary<string, TensorEntry> own = [];
        Dictionary<string, TensorEntry> tied = [];
        List<TensorEntry> other = [];
        foreach (TensorEntry entry in stored)
        {
            if (network.CheckpointNames.Apply(entry.Name) is not { } renamed)
            {
                continue;
            }

            string prefixed = Prefixed(network, known, renamed);
            if (known.Contains(prefixed))
            {
                own.TryAdd(prefixed, entry with { Name = prefixed });
            }
            else if (network.Tied.TryGetValue(prefixed, out string? parameter))
            {
                if (known.Contains(parameter))
                {
                    tied.TryAdd(parameter, entry with { Name = parameter });
                }
            }
            else if (!network.IsIgnored(prefixed) && !network.IsIgnored(renamed))
            {
                other.Add(entry);
            }
        }

        HashSet<string> taken = [.. own.Keys, .. tied.Keys];
        return [.. own.Values, .. tied.Where(pair => !own.ContainsKey(pair.Key)).Select(pair => pair.Value), .. other.Where(entry => !taken.Contains(entry.Name))];
    }

    /// <summary>A checkpoint of the bare backbone lacks its prefix; a network without a prefix may be given one by those who wrap it.</summary>
    private static string Prefixed(TextNetwork network, HashSet<string> known, string name)
    {
        string prefix = network.BackbonePrefix;
        bool isNamed = prefix.Length == 0 || name.StartsWith(prefix, StringComparison.Ordinal) || known.Contains(name) || network.Tied.ContainsKey(name);
        string prefixed = prefix + name;
        return !isNamed && (known.Contains(prefixed) || network.Tied.ContainsKey(prefixed) || network.IsIgnored(prefixed)) ? prefixed : name;
    }
}
