namespace TransferLearning;

/// <summary>The weights of one adapter, and of its head, under the names that the PEFT library's files have for them.</summary>
internal sealed class PeftTensors : IDisposable
{
    private const string Prompts = "prompt_embeddings";

    private readonly List<KeyValuePair<string, torch.Tensor>> _entries = [];
    private readonly ITransformerBlock[] _prefixed;
    private readonly string _adapter;
    private readonly string _wrapper;
    private readonly torch.Tensor? _prefixes;

    /// <summary>Collects them; the tensors are the network's own, but for prefixes, whose layout in files is another.</summary>
    public PeftTensors(Network network, NamedAdapter adapter)
    {
        (_adapter, bool isPrompt) = (adapter.Name, adapter.Options is PrefixTuningOptions or PromptTuningOptions);
        _wrapper = isPrompt ? "base_model." : "base_model.model.";
        _prefixed = adapter.Options is PrefixTuningOptions ? [.. AdapterPlan.Blocks(network)] : [];
        if (_prefixed.Length > 0)
        {
            _entries.Add(KeyValuePair.Create(Prompts, _prefixes = Gathered()));
        }

        foreach ((string name, torch.Tensor tensor) in network.State())
        {
            bool isOwn = AdapterPlan.AdapterOf(name) is { } owner
                ? owner == adapter.Name && !(_prefixed.Length > 0 && IsPrefix(name))
                : adapter.HeadOutputs is null && network.IsInHead(name);
            if (isOwn)
            {
                _entries.Add(KeyValuePair.Create(FileName(name), tensor));
            }
        }
    }

    /// <summary>How the names of files, older ones too, become those of <see cref="Entries"/>.</summary>
    public static KeyMap Names { get; } = KeyMap.Empty
        .Prefix("base_model.model.", "")
        .Prefix("base_model.", "")
        .Pattern(@"\.(lora_[AB])\.default\.(weight|bias)$", ".$1.$2")
        .Pattern(@"\.(lora_magnitude_vector|ia3_l)(\.default)?(\.weight)?$", ".$1")
        .Pattern(@"\.modules_to_save\.default\.", ".")
        .Pattern(@"^(.*)\.modules_to_save\.", "$1.");

    /// <summary>Names, without those of the modules that the PEFT library wraps networks in, and tensors.</summary>
    public IReadOnlyList<KeyValuePair<string, torch.Tensor>> Entries => _entries;

    /// <summary>The same under the names of the file.</summary>
    public IEnumerable<KeyValuePair<string, torch.Tensor>> Stored
        => _entries.Select(entry => KeyValuePair.Create(entry.Key == Prompts ? Prompts : _wrapper + entry.Key, entry.Value));

    /// <summary>Hands on to the network what was read into tensors that are not its own.</summary>
    public void Apply()
    {
        if (_prefixes is null)
        {
            return;
        }

        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable guard = torch.no_grad();
        ITransformerBlock first = _prefixed[0];
        torch.Tensor rows = _prefixes.view(_prefixes.size(0), 2 * _prefixed.Length, first.Heads, first.HeadWidth).permute(1, 2, 0, 3);
        for (int i = 0; i < _prefixed.Length; i++)
        {
            (torch.Tensor keys, torch.Tensor values) = _prefixed[i].Branches.Of(_adapter)!.Prefix!.Value;
            keys.copy_(rows[2 * i]);
            values.copy_(rows[(2 * i) + 1]);
        }
    }

    public void Dispose() => _prefixes?.Dispose();

    // [count, layers * (key, value) * heads * D/heads]
    private torch.Tensor Gathered()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable guard = torch.no_grad();
        torch.Tensor[] all =
        [
            .. _prefixed.Select(block => block.Branches.Of(_adapter)!.Prefix!.Value)
                .SelectMany(prefix => new[] { prefix.Keys, prefix.Values })
                .Select(rows => rows.transpose(0, 1).flatten(1)),
        ];
        return torch.cat(all, 1).cpu().DetachFromDisposeScope();
    }

    private static bool IsPrefix(string name)
        => name.Split('.').Any(part => part is PrefixBranch.KeysName or PrefixBranch.ValuesName);

    // The network's name of a weight without the names of adapters, and without the modules that hold single tensors.
    private string FileName(string name)
    {
        string plain = name
            .Replace($"{AdapterPlace<SideBranch>.Named}.{_adapter}.", "", StringComparison.Ordinal)
            .Replace($"{OwnLayerBranch.LayerName}.", "", StringComparison.Ordinal);
        string[] single = [LoraBranch.MagnitudeName, Ia3Branch.FactorsName, Prompts];
        return single.Any(member => plain == $"{member}.weight" || plain.EndsWith($".{member}.weight", StringComparison.Ordinal))
            ? plain[..^".weight".Length]
            : plain;
    }
}
