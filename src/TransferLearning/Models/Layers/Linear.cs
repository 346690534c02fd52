namespace TransferLearning.Layers;

/// <summary>A fully connected layer with PyTorch's names, whose weights are allocated but not filled.</summary>
public sealed class Linear : WeightLayer
{
    [ComponentName(Name = "weight")]
    private Parameter _weight;

    [ComponentName(Name = "bias")]
    private Parameter? _bias;

    /// <summary>Makes a layer.</summary>
    /// <param name="inputs">The size of the last axis that comes in.</param>
    /// <param name="outputs">The size of the last axis that goes out.</param>
    /// <param name="bias">Whether it has a bias.</param>
    public Linear(long inputs, long outputs, bool bias = true) : base(nameof(Linear))
    {
        _weight = new Parameter(empty(outputs, inputs));
        _bias = bias ? new Parameter(empty(outputs)) : null;
        RegisterComponents();
    }

    /// <summary>[outputs, inputs].</summary>
    public override Parameter Weight => _weight;

    /// <inheritdoc/>
    public override Parameter? Bias => _bias;

    /// <inheritdoc/>
    internal override Tensor Compute(Tensor input)
        => FusedConvolutions.Active?.Multiply(this, input) ?? LinearProducts.Linear(input, _weight, _bias);
}
