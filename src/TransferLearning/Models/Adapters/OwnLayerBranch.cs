namespace TransferLearning;

/// <summary>A layer of an adapter's own in the place of one of the head: PEFT's <c>modules_to_save</c>.</summary>
internal sealed class OwnLayerBranch : SideBranch
{
    /// <summary>The name under which it is registered.</summary>
    public const string LayerName = "modules_to_save";

    private readonly Linear _layer;

    /// <summary>Makes the layer, allocated but not filled.</summary>
    /// <param name="layer">The layer in whose place it runs.</param>
    /// <param name="outputs">How many outputs it has.</param>
    public OwnLayerBranch(Linear layer, long outputs)
        => (_layer, Replaced) = (new Linear(layer.Weight.size(1), outputs, layer.Bias is not null), layer);

    private Linear Replaced { get; }

    public override IReadOnlyList<(string Name, nn.Module Module)> Modules => [(LayerName, _layer)];

    /// <summary>As the layer that it replaces, or as a layer of PyTorch begins where it has other outputs.</summary>
    public override void Initialize(Generator generator)
    {
        if (Unmergeable(Replaced) is not null)
        {
            LayerInitializers.Default(_layer, generator);
            return;
        }

        _layer.Weight.copy_(Replaced.Weight);
        _layer.Bias?.copy_(Replaced.Bias!);
    }

    public override Tensor Run(WeightLayer layer, Tensor input) => _layer.call(input);

    public override void MergeInto(Tensor weight, Tensor? bias)
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        weight.copy_(_layer.Weight);
        bias?.copy_(_layer.Bias!);
    }

    public override string? Unmergeable(WeightLayer layer)
        => _layer.Weight.size(0) == layer.Weight.size(0)
            ? null
            : $"its head has {_layer.Weight.size(0)} outputs, and the network's {layer.Weight.size(0)}";
}
