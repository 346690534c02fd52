namespace TransferLearning;

/// <summary>Adapters beside layers that are chosen by their names. Names and meanings are those of the PEFT library.</summary>
public abstract record TargetedAdapterOptions : AdapterOptions
{
    private protected const string AllLinear = "all-linear";

    private protected TargetedAdapterOptions(IReadOnlyList<string> targets) => Targets = targets;

    /// <summary>The last parts of the layers' names: <c>query</c>, <c>attention.self.query</c>; <c>all-linear</c> alone means every fully
    /// connected layer but the one that gives the outputs. Default: what the method's authors chose, under the names that architectures
    /// have for it.</summary>
    public IReadOnlyList<string> Targets { get; init; }

    /// <summary>A regular expression for whole names, in place of <see cref="Targets"/>; null for none.</summary>
    public string? TargetPattern { get; init; }

    /// <summary>The numbers of the blocks whose layers are meant, such as 11 in <c>encoder.layer.11.attention</c>; null for all.</summary>
    public IReadOnlyList<int>? LayersToTransform { get; init; }

    /// <summary>The names before those numbers, such as <c>layer</c>; empty for any.</summary>
    public IReadOnlyList<string> LayersPattern { get; init; } = [];

    /// <inheritdoc/>
    internal override void Validate()
    {
        ArgumentNullException.ThrowIfNull(Targets);
        ArgumentNullException.ThrowIfNull(LayersPattern);
    }

    /// <summary>Makes what goes beside one layer.</summary>
    private protected abstract SideBranch Beside(WeightLayer layer, string name);

    /// <inheritdoc/>
    internal sealed override void Attach(AdapterSite site)
    {
        Network network = site.Network;
        (string Name, nn.Module Module)[] all =
        [
            .. AdapterPlan.OwnModules(network).Where(entry => entry.Module is WeightLayer || IsForeign(entry.Module)),
        ];
        (string Name, nn.Module Module)[] chosen = [.. all.Where(entry => IsMeant(network, entry.Name, entry.Module))];
        if (chosen.Length == 0)
        {
            IEnumerable<string> known = all.Select(entry => entry.Name[(entry.Name.LastIndexOf('.') + 1)..]).Distinct();
            string wanted = TargetPattern ?? string.Join(" or ", Targets);
            string blocks = LayersToTransform is { } numbers ? $" in the blocks {string.Join(", ", numbers)}" : "";
            throw new ArgumentException(
                $"No layer of {network.GetName()} is called {wanted}{blocks}; its layers are called {string.Join(", ", known)}.");
        }

        foreach ((string name, nn.Module module) in chosen)
        {
            if (IsForeign(module) || module is Conv2d { Geometry.Groups: > 1 } or Conv1d)
            {
                string reason = IsForeign(module)
                    ? $"it is a {module.GetType().FullName}; build the network of TransferLearning.Layers"
                    : module is Conv1d ? "it is a convolution over one axis" : "its convolution has groups";
                throw new ArgumentException(
                    $"The layer '{name}' of {network.GetName()} cannot have {Method} weights: {reason}, or leave it out of the targets.");
            }
        }

        foreach ((string name, nn.Module module) in chosen)
        {
            WeightLayer layer = (WeightLayer)module;
            site.Put(layer.Branches, Beside(layer, name));
        }
    }

    // A layer of TorchSharp's own, which has no place for other weights.
    private static bool IsForeign(nn.Module module) => module is TorchSharp.Modules.Linear or TorchSharp.Modules.Conv2d;

    private bool IsMeant(Network network, string name, nn.Module module)
    {
        bool isTarget = TargetPattern is { } pattern ? LayerNames.Matches($"^(?:{pattern})$", name)
            : Targets is [AllLinear]
                ? module is Linear or TransposedLinear or TorchSharp.Modules.Linear && name != network.FinalLayerName
            : LayerNames.EndsIn(name, Targets);
        return isTarget
            && (LayersToTransform is not { } wanted || (LayerNames.BlockOf(name, LayersPattern) is { } block && wanted.Contains(block)));
    }
}
