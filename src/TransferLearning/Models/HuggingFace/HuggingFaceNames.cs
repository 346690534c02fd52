namespace TransferLearning;

/// <summary>Gives the entries of a checkpoint the names that a network has for them.</summary>
internal sealed class HuggingFaceNames
{
    private readonly ConfigNetwork _network;
    private readonly HashSet<string> _known;
    private readonly Dictionary<string, TensorEntry> _own = [];
    private readonly Dictionary<string, TensorEntry> _tied = [];
    private readonly List<string> _unknown = [];

    /// <summary>Sorts the entries.</summary>
    /// <param name="network">The network.</param>
    /// <param name="stored">The entries under the names of the file.</param>
    /// <param name="skipsHead">Whether the head in the file is that of another task.</param>
    public HuggingFaceNames(ConfigNetwork network, IReadOnlyList<TensorEntry> stored, bool skipsHead)
    {
        (_network, _known) = (network, [.. network.State().Select(target => target.Key)]);
        IReadOnlyDictionary<string, string> tied = network.Tied;
        foreach (TensorEntry entry in stored)
        {
            if (network.CheckpointNames.Apply(entry.Name) is not { } renamed)
            {
                continue;
            }

            string prefixed = Prefixed(renamed, tied);
            if (_known.Contains(prefixed))
            {
                if (!skipsHead || !network.IsInHead(prefixed))
                {
                    _own.TryAdd(prefixed, entry with { Name = prefixed });
                }
            }
            else if (tied.TryGetValue(prefixed, out string? parameter))
            {
                if (_known.Contains(parameter))
                {
                    _tied.TryAdd(parameter, entry with { Name = parameter });
                }
            }
            else if (!network.IsIgnored(prefixed) && !network.IsIgnored(renamed))
            {
                _unknown.Add(entry.Name);
            }
        }
    }

    /// <summary>
    /// The entries under the network's names. Of two that mean one parameter, a tied one and its own, the own one counts.
    /// </summary>
    public List<TensorEntry> Entries => [.. _own.Values, .. _tied.Where(pair => !_own.ContainsKey(pair.Key)).Select(pair => pair.Value)];

    /// <summary>The names in the file of what has no place in the network and is not known to need none.</summary>
    public IReadOnlyList<string> Unknown => _unknown;

    /// <summary>The parameters that the configuration ties and the file has twice, with both entries.</summary>
    public IEnumerable<(TensorEntry Own, TensorEntry Tied)> Twice
        => _tied.Where(pair => _own.ContainsKey(pair.Key)).Select(pair => (_own[pair.Key], pair.Value));

    /// <summary>
    /// A checkpoint of the bare backbone lacks its prefix; a network without a prefix may be given one by those who wrap it.
    /// </summary>
    private string Prefixed(string name, IReadOnlyDictionary<string, string> tied)
    {
        string prefix = _network.BackbonePrefix;
        bool isNamed = prefix.Length == 0
            || name.StartsWith(prefix, StringComparison.Ordinal)
            || _known.Contains(name)
            || tied.ContainsKey(name);
        string prefixed = prefix + name;
        return !isNamed && (_known.Contains(prefixed) || tied.ContainsKey(prefixed) || _network.IsIgnored(prefixed)) ? prefixed : name;
    }
}
