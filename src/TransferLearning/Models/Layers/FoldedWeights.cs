namespace TransferLearning.Layers;

/// <summary>Batch normalisation folded into the convolution before it: scale = weight / sqrt(variance + epsilon) multiplies the filters,
/// and what is left becomes the bias.</summary>
internal static class FoldedWeights
{
    /// <summary>Filters and bias in float32, in the caller's dispose scope; they may be the layer's own.</summary>
    /// <param name="convolution">The convolution.</param>
    /// <param name="norm">What follows it, or null.</param>
    public static (Tensor Weight, Tensor Bias) Of(Conv2d convolution, BatchNorm2d? norm)
    {
        (Tensor weight, Tensor? factors, Tensor bias) = FactorsOf(convolution, norm);
        return (factors is null ? weight : weight.mul(factors.view(-1, 1, 1, 1)), bias);
    }

    /// <summary>The same with the filters as they were and, in float32, what multiplies each of them; null for 1.</summary>
    public static (Tensor Weight, Tensor? Factors, Tensor Bias) FactorsOf(Conv2d convolution, BatchNorm2d? norm)
    {
        Tensor weight = convolution.Weight.detach();
        Tensor bias = convolution.Bias?.detach() ?? zeros(weight.size(0));
        if (convolution.Branch is { } branch)
        {
            (weight, bias) = (weight.clone(), bias.clone());
            branch.MergeInto(weight, bias);
        }

        if (norm is null)
        {
            return (weight, null, bias);
        }

        Tensor scale = norm.Weight.detach().to(float64).div(norm.RunningVariance.to(float64).Add(norm.Epsilon).sqrt());
        bias = bias.to(float64).sub(norm.RunningMean.to(float64)).mul(scale).Add(norm.Bias.detach().to(float64)).to(float32);
        return (weight, scale.to(float32), bias);
    }
}
