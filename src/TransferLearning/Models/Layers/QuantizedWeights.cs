namespace TransferLearning.Layers;

/// <summary>Weights as whole numbers from -127 to 127, with a scale for each output. The tensors belong to the caller's dispose
/// scope.</summary>
/// <param name="Whole">Of the shape of the weights, int8.</param>
/// <param name="Scales">[outputs] float32.</param>
/// <param name="Zeros">[outputs] int32, all 0.</param>
internal sealed record QuantizedWeights(Tensor Whole, Tensor Scales, Tensor Zeros)
{
    private const double Levels = 127;
    private const double Smallest = 1e-12; // an output whose weights are all 0

    /// <summary>Makes them of weights [outputs, …].</summary>
    public static QuantizedWeights Of(Tensor weight)
    {
        Tensor rows = weight.flatten(1);
        Tensor scales = rows.amax([1]).maximum(rows.amin([1]).neg()).Divide(Levels).Add(Smallest);
        Tensor whole = rows.div(scales.view(-1, 1)).round_().to(ScalarType.Int8).view(weight.shape);
        return new QuantizedWeights(whole, scales, zeros_like(scales, ScalarType.Int32));
    }
}
