namespace TransferLearning.Layers;

/// <summary>A convolution with what follows it: batch normalisation, a sum, a function. The one place where an
/// <see cref="OptimizedInference"/> puts a single fused operation instead.</summary>
internal static class ConvNorm
{
    /// <summary>function(norm(convolution(input)) + addend).</summary>
    /// <param name="convolution">The convolution.</param>
    /// <param name="norm">What normalises its output, or null.</param>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="function">What comes last, or null.</param>
    /// <param name="addend">Of the output's shape, or null. An inference form may write the sum into it: nobody may read it
    /// afterwards.</param>
    /// <param name="feedsConvolution">Whether only other calls of this and <see cref="MaxPool"/> read the result, so that it may be in
    /// their own form.</param>
    /// <returns>[N, C', H', W']; the caller disposes it.</returns>
    public static Tensor Run(
        Conv2d convolution, BatchNorm2d? norm, Tensor input, PointwiseFunction? function = null, Tensor? addend = null,
        bool feedsConvolution = false)
    {
        if (FusedConvolutions.Active is { } fused)
        {
            return fused.Convolve(convolution, norm, input, function, addend, feedsConvolution);
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor x = convolution.call(input);
        x = norm?.call(x) ?? x;
        x = addend is null ? x : x.AddInPlace(addend);
        return (function?.Apply(x) ?? x).MoveToOuterDisposeScope();
    }
}
