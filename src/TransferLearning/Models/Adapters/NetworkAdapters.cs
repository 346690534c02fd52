namespace TransferLearning;

/// <summary>The adapters of a network: any number by name, of which one, or none, is used.</summary>
/// <remarks>The first one trains the network's own head, each further one has a head of its own.</remarks>
/// <param name="network">The network, which stays the caller's.</param>
internal sealed class NetworkAdapters(Network network)
{
    private readonly List<NamedAdapter> _all = [];
    private (NamedAdapter Adapter, IReadOnlyList<MergedLayer> Layers)? _merged;

    /// <summary>The adapters in the order in which they came.</summary>
    public IReadOnlyList<NamedAdapter> All => _all;

    /// <summary>Which one is used.</summary>
    public AdapterChoice Choice => network.Adapters;

    /// <summary>The one that is used where a call chooses none; null for none.</summary>
    public NamedAdapter? Used => _all.Find(adapter => adapter.Name == Choice.Used);

    /// <summary>What the outputs depend on beside weights, in words: the adapter in use and its options; empty without adapters.</summary>
    public string Mark => _all.Find(adapter => adapter.Name == Choice.Active) is { } active
        ? $";adapter {active.Name} {JsonSerializer.Serialize(active.Options)}"
        : _all.Count > 0 ? ";no adapter" : "";

    /// <summary>Gives the network an adapter, which is used from now on.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="options">Its kind.</param>
    /// <param name="seed">What fixes draws.</param>
    /// <param name="headOutputs">How many outputs its head has, if it has one of its own; null for as many as the network's.</param>
    /// <exception cref="InvalidOperationException">There is one of that name.</exception>
    /// <exception cref="ArgumentException">The name or an option cannot be used, or the network has no place for it.</exception>
    public void Add(string name, AdapterOptions options, long seed, long? headOutputs = null)
    {
        CheckName(name);
        if (_all.Exists(adapter => adapter.Name == name))
        {
            string call = options is LoraOptions ? "MergeLora or RemoveLora" : "MergeAdapter or RemoveAdapter";
            throw new InvalidOperationException(
                (name == AdapterChoice.Unnamed
                    ? $"The network has {_all.Find(adapter => adapter.Name == name)!.Options.Method} weights already; "
                    : $"The network has an adapter '{name}' already; ")
                + $"call {call} first, or give this one another name.");
        }

        long? own = _all.Count == 0 || network.HeadNames.Count == 0 ? null : headOutputs ?? Outputs();
        AdapterPlan.Attach(network, options, seed, name, own);
        Forget();
        _all.Add(new NamedAdapter(name, options, own));
    }

    /// <summary>An adapter's name that is there.</summary>
    /// <exception cref="ArgumentException">There is none of that name; the message lists those that there are.</exception>
    public string Known(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _all.Exists(adapter => adapter.Name == name)
            ? name
            : throw new ArgumentException(
                $"There is no adapter '{name}'; there {(_all.Count == 0 ? "is none" : $"are {Names()}")}. Add it with WithAdapter or "
                    + "LoadAdapter.",
                nameof(name));
    }

    /// <summary>Takes an adapter away; the next one that is there is used, if this one was.</summary>
    public void Remove(string name)
    {
        Forget();
        AdapterPlan.Remove(network, name);
        _all.RemoveAll(adapter => adapter.Name == name);
        Choice.Used = Choice.Used == name ? _all.FirstOrDefault()?.Name : Choice.Used;
    }

    /// <summary>Folds the adapter in use into the layers; <see cref="Unmerge"/> gives it back.</summary>
    /// <exception cref="InvalidOperationException">It cannot be folded in, or there are others; nothing is changed.</exception>
    public void Merge()
    {
        if (_all.Count > 1)
        {
            throw new InvalidOperationException(
                $"The network has the adapters {Names()}, and folding one into its layers would change what the others do: remove the "
                    + "others first (RemoveAdapter).");
        }

        if (Used is not { } adapter)
        {
            return;
        }

        _merged = (adapter, AdapterPlan.Merge(network));
        _all.Clear();
        Choice.Used = null;
    }

    /// <summary>Gives the layers back what they were, bit for bit, with the adapter beside them.</summary>
    /// <exception cref="InvalidOperationException">Nothing is folded in that is kept.</exception>
    public void Unmerge()
    {
        if (_merged is not { } merged)
        {
            throw new InvalidOperationException(
                "No adapter is folded in that could be taken out again: MergeAdapter keeps it until the network is trained, given other "
                    + "weights or another adapter.");
        }

        foreach (MergedLayer layer in merged.Layers)
        {
            layer.Undo(Choice, merged.Adapter.Name);
        }

        _merged = null;
        _all.Add(merged.Adapter);
        Choice.Used = merged.Adapter.Name;
    }

    /// <summary>Forgets an adapter that is folded in: what the layers are now is their own.</summary>
    public void Forget()
    {
        foreach (MergedLayer layer in _merged?.Layers ?? [])
        {
            layer.Dispose();
        }

        _merged = null;
    }

    /// <summary>What training does to adapters: the one that the network uses is trained, and none can be taken out of the layers
    /// again.</summary>
    /// <exception cref="InvalidOperationException">The calling flow of control has chosen another one.</exception>
    public void BeginTraining()
    {
        if (Choice.Active != Choice.Used)
        {
            throw new InvalidOperationException(
                $"The adapter {Choice.Active ?? "of no name"} is chosen for these calls, and training trains the one that the model uses "
                    + $"({Choice.Used ?? "none"}): call UseAdapter first.");
        }

        Forget();
    }

    /// <summary>Takes over adapters that the network has already.</summary>
    public void Take(IReadOnlyList<NamedAdapter> adapters, string? used)
    {
        _all.AddRange(adapters);
        Choice.Used = used;
    }

    /// <summary>Whether training changes a weight: those of the adapter in use, and of the head where that has none of its own.</summary>
    /// <param name="name">The weight's name.</param>
    /// <param name="isKept">Whether a weight of the network's own is to be trained.</param>
    public bool Trains(string name, Func<string, bool> isKept)
        => AdapterPlan.AdapterOf(name) is { } adapter ? adapter == Choice.Used : Used?.HeadOutputs is null && isKept(name);

    /// <summary>Refuses what cannot be an adapter's name.</summary>
    public static void CheckName(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name.Length > 100 || !name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-'))
        {
            throw new ArgumentException(
                $"'{name}' cannot be an adapter's name; expected up to 100 letters (a to z), digits, '_' and '-'.", nameof(name));
        }
    }

    private long Outputs() => network.FinalLayer is WeightLayer layer ? layer.Weight.size(0) : 1;

    private string Names() => string.Join(", ", _all.Select(adapter => adapter.Name));
}
