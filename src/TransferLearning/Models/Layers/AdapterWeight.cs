namespace TransferLearning.Layers;

/// <summary>One tensor that is trained, as a module, because a module can be taken off its owner again; allocated but not filled.</summary>
internal sealed class AdapterWeight : nn.Module
{
    /// <summary>The parameter's name.</summary>
    public const string Name = "weight";

    [ComponentName(Name = Name)]
    private readonly Parameter _weight;

    public AdapterWeight(params long[] shape) : base(nameof(AdapterWeight))
    {
        _weight = new Parameter(empty(shape));
        RegisterComponents();
    }

    public Parameter Weight => _weight;
}
