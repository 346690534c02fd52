namespace TransferLearning.Layers;

/// <summary>
/// A convolution with its batch normalisation folded into it. It owns copies of the weights; the layers stay as they are.
/// </summary>
internal interface IFusedConvolution : IDisposable
{
    /// <summary>function(convolution(input) + addend); the sum may be written into the addend. The caller disposes the result.</summary>
    Tensor Run(Tensor input, PointwiseFunction? function, Tensor? addend);
}
