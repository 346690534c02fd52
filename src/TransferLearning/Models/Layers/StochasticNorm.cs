namespace TransferLearning.Layers;

/// <summary>
/// Batch normalisation in training of which each channel uses either the statistics of the batch or the running ones, chosen at random (Kou
/// et al., "Stochastic Normalization", 2020): a small data set cannot fit its batches' statistics then.
/// </summary>
internal static class StochasticNorm
{
    /// <summary>Which channels use the batch's statistics, [C]; a draw of the training pass.</summary>
    public static Tensor Draw(long channels, double probability, torch.Device device)
    {
        using Generator? generator = TrainingPass.NextGenerator(device);
        using Tensor uniform = rand([channels], device: device, generator: generator);
        using Scalar bound = probability.ToScalar();
        return uniform.lt(bound);
    }

    /// <summary>[N, C, H, W] to the same; the running statistics learn of the batch in every channel.</summary>
    /// <param name="input">The batch.</param>
    /// <param name="mask">Which channels use its statistics, [C].</param>
    /// <param name="mean">The running mean, which moves.</param>
    /// <param name="variance">The running variance, which moves.</param>
    /// <param name="weight">The factor of each channel.</param>
    /// <param name="bias">What is added to each channel.</param>
    /// <param name="momentum">The share of the batch in the running statistics.</param>
    /// <param name="epsilon">What is added to the variance.</param>
    public static Tensor Run(
        Tensor input, Tensor mask, Tensor mean, Tensor variance, Tensor weight, Tensor bias, double momentum, double epsilon)
    {
        // The backward pass needs the running statistics as they were.
        using Tensor meanBefore = mean.clone(), varianceBefore = variance.clone();
        using Tensor byRunning = nn.functional.batch_norm(input, meanBefore, varianceBefore, weight, bias, false, 0, epsilon);
        using Tensor byBatch = nn.functional.batch_norm(input, mean, variance, weight, bias, true, momentum, epsilon);
        using Tensor chosen = mask.view(1, -1, 1, 1);
        return where(chosen, byBatch, byRunning);
    }
}
