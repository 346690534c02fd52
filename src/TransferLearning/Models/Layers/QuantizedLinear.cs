namespace TransferLearning.Layers;

/// <summary>A matrix product of whole numbers: inputs from 0 to 255, weights from -127 to 127, sums in 32 bits, the result in
/// float32.</summary>
internal sealed class QuantizedLinear : IDisposable
{
    private readonly QuantizedRange _input;
    private readonly Tensor _weight;
    private readonly Tensor _scales;
    private readonly Tensor _zeros;
    private readonly Tensor _bias;

    /// <param name="layer">The layer, without its branch.</param>
    /// <param name="range">The range of the input.</param>
    /// <param name="rows">How many rows the weights are laid out for; other numbers are right too.</param>
    public QuantizedLinear(Linear layer, QuantizedRange range, long rows)
    {
        using DisposeScope scope = NewDisposeScope();
        _input = range;
        QuantizedWeights whole = QuantizedWeights.Of(layer.Weight.detach());
        _weight = OneDnnScript.PackLinearInt8(whole.Whole, rows).DetachFromDisposeScope();
        (_scales, _zeros) = (whole.Scales.DetachFromDisposeScope(), whole.Zeros.DetachFromDisposeScope());
        _bias = (layer.Bias?.detach().clone() ?? zeros(layer.Weight.size(0))).DetachFromDisposeScope();
    }

    /// <summary>x W + b.</summary>
    /// <param name="input">[…, inputs] float32.</param>
    /// <returns>[…, outputs]; the caller disposes it.</returns>
    public Tensor Run(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor rows = _input.Apply(input.reshape(-1, input.size(-1)));
        Tensor result = OneDnnScript.MultiplyInt8(rows, [_input.Scale, _input.Zero, _weight, _scales, _zeros, _bias]);
        return result.view([.. input.shape[..^1], result.size(1)]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _weight.Dispose();
        _scales.Dispose();
        _zeros.Dispose();
        _bias.Dispose();
    }
}
