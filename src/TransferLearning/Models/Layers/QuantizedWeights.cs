namespace TransferLearning.Layers;

/// <summary>Weights as whole numbers from -127 to 127, with a scale for each output. The tensors belong to the caller's dispose
/// scope.</summary>
/// <param name="Whole">Of the shape of the weights, int8.</param>
/// <param name="Scales">[outputs] float32.</param>
/// <param name="Zeros">[outputs] int32, all 0.</param>
internal sealed record QuantizedWeights(Tensor Whole, Tensor Scales, Tensor Zeros)
{
    /// <summary>Makes them of weights [outputs, …].</summary>
    /// <param name="weight">Float32, on the CPU.</param>
    /// <param name="factors">[outputs] float32, which multiply the weights; null for 1.</param>
    public static QuantizedWeights Of(Tensor weight, Tensor? factors = null)
    {
        (Tensor whole, Tensor scales) = WholeNumbers.OfRows(weight, factors ?? ones(weight.size(0)));
        return new QuantizedWeights(whole, scales, zeros_like(scales, ScalarType.Int32));
    }
}
