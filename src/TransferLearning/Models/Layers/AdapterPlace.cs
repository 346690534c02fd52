namespace TransferLearning.Layers;

/// <summary>A module's place for adapters: any number by name, of which one, or none, is used.</summary>
/// <typeparam name="TBranch">What an adapter has there.</typeparam>
/// <param name="owner">The module, under which the weights are registered: those of <see cref="AdapterChoice.Unnamed"/> under their own
/// names, those of another adapter under <c>adapters.NAME</c>.</param>
/// <param name="clear">Takes all members off the owner.</param>
internal sealed class AdapterPlace<TBranch>(nn.Module owner, Action clear) where TBranch : AdapterBranch
{
    /// <summary>The member under which named adapters are registered.</summary>
    public const string Named = "adapters";

    private readonly Dictionary<string, TBranch> _branches = [];
    private readonly HashSet<string> _registered = [];
    private AdapterChoice? _choice;

    /// <summary>What the adapter in use has here, or null.</summary>
    public TBranch? Active
        => _branches.Count > 0 && _choice!.Active is { } name && _branches.TryGetValue(name, out TBranch? branch) ? branch : null;

    /// <summary>What there is of all adapters.</summary>
    public IReadOnlyCollection<TBranch> All => _branches.Values;

    /// <summary>What an adapter has here, or null.</summary>
    public TBranch? Of(string name) => _branches.GetValueOrDefault(name);

    /// <summary>Takes a branch, which the place owns from now on.</summary>
    public void Put(AdapterChoice choice, string name, TBranch branch)
    {
        _choice = choice;
        _branches.Add(name, branch);
        Register();
    }

    /// <summary>Takes an adapter's branch off, if there is one; the caller owns it then.</summary>
    public TBranch? Take(string name)
    {
        if (_branches.Remove(name, out TBranch? branch))
        {
            Register();
        }

        return branch;
    }

    private void Register()
    {
        (string Name, nn.Module Module)[] own = [.. owner.named_children().Where(child => !_registered.Contains(child.name))];
        clear();
        _registered.Clear();
        foreach ((string name, nn.Module module) in own)
        {
            owner.register_module(name, module);
        }

        foreach ((string name, nn.Module module) in _branches.GetValueOrDefault(AdapterChoice.Unnamed)?.Modules ?? [])
        {
            owner.register_module(name, module);
            _registered.Add(name);
        }

        ModuleTree named = new(Named);
        foreach ((string adapter, TBranch branch) in _branches.Where(entry => entry.Key != AdapterChoice.Unnamed))
        {
            foreach ((string name, nn.Module module) in branch.Modules)
            {
                named.Put($"{adapter}.{name}", module);
            }
        }

        if (named.named_children().Any())
        {
            owner.register_module(Named, named);
            _registered.Add(Named);
        }
    }
}
