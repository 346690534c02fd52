namespace TransferLearning.Layers;

/// <summary>
/// Scales the last axis to a root mean square of 1 (Zhang and Sennrich, 2019): a layer norm without mean and bias, as T5 has it; allocated
/// but not filled.
/// </summary>
internal sealed class RmsNorm : nn.Module<Tensor, Tensor>
{
    private readonly double _epsilon;

    [ComponentName(Name = "weight")]
    private readonly Parameter _weight;

    public RmsNorm(long width, double epsilon) : base(nameof(RmsNorm))
    {
        _epsilon = epsilon;
        _weight = new Parameter(empty(width));
        RegisterComponents();
    }

    public Parameter Weight => _weight;

    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor scale = input.mul(input).mean([-1], keepdim: true).Add(_epsilon).rsqrt();
        return input.mul(scale).mul(_weight).MoveToOuterDisposeScope();
    }
}
