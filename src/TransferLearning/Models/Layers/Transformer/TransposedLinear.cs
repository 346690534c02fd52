namespace TransferLearning.Layers;

/// <summary>
/// A fully connected layer whose weight is stored [inputs, outputs], as GPT-2's checkpoints have it; allocated but not filled.
/// </summary>
internal sealed class TransposedLinear : WeightLayer
{
    [ComponentName(Name = "weight")]
    private readonly Parameter _weight;

    [ComponentName(Name = "bias")]
    private readonly Parameter _bias;

    public TransposedLinear(long inputs, long outputs) : base(nameof(TransposedLinear))
    {
        _weight = new Parameter(empty(inputs, outputs));
        _bias = new Parameter(empty(outputs));
        RegisterComponents();
    }

    public override Parameter Weight => _weight;
    public override Parameter Bias => _bias;

    internal override bool StoresInputsFirst => true;

    internal override Tensor Compute(Tensor input)
    {
        using Tensor weight = _weight.t();
        return LinearProducts.Linear(input, weight, _bias, _weight);
    }
}
