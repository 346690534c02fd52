namespace TransferLearning;

/// <summary>Factors on what leaves a layer, bias included, or on what enters it (Liu et al., 2022).</summary>
internal sealed class Ia3Branch : SideBranch
{
    /// <summary>The name under which a layer registers the factors.</summary>
    public const string FactorsName = "ia3_l";

    private readonly bool _scalesInputs;
    private readonly int _axis;
    private readonly AdapterWeight _factors;

    /// <summary>Makes the factors for a layer, allocated but not filled.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="scalesInputs">Whether inputs are scaled instead of outputs.</param>
    public Ia3Branch(WeightLayer layer, bool scalesInputs)
    {
        (_scalesInputs, _axis) = (scalesInputs, layer.StoresInputsFirst != scalesInputs ? 1 : 0);
        long count = layer.Weight.size(_axis);
        _factors = new AdapterWeight(layer is Conv2d ? [1, count, 1, 1] : scalesInputs ? [1, count] : [count, 1]); // PEFT's shapes
    }

    public override IReadOnlyList<(string Name, nn.Module Module)> Modules => [(FactorsName, _factors)];

    /// <summary>All factors 1: at first nothing changes.</summary>
    public override void Initialize(Generator generator)
    {
        _factors.Weight.fill_(Scalars.One);
    }

    public override Tensor Run(WeightLayer layer, Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor factors = layer.Spread(_factors.Weight);
        return (_scalesInputs ? layer.Compute(input.mul(factors)) : layer.Compute(input).mul(factors)).MoveToOuterDisposeScope();
    }

    public override void MergeInto(Tensor weight, Tensor? bias)
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor factors = _factors.Weight.view(-1);
        long[] shape = [.. weight.shape.Select((_, axis) => axis == _axis ? -1L : 1)];
        weight.mul_(factors.view(shape));
        if (!_scalesInputs)
        {
            bias?.mul_(factors);
        }
    }
}
