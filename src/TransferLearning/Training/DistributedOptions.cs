namespace TransferLearning;

/// <summary>
/// How processes that train together exchange what they learn: less, or less often, where the network between them is slow.
/// </summary>
public sealed record DistributedOptions
{
    /// <summary>
    /// In which number type gradients travel. With <see cref="Precision.BFloat16"/> they take half the bytes and are rounded to 8 binary
    /// digits twice; they are summed, and weights are updated, in float32. Default: <see cref="Precision.Float32"/>.
    /// </summary>
    public Precision GradientPrecision { get; init; }

    /// <summary>
    /// After how many optimizer steps of its own each process exchanges weights and the optimizer's memory in place of gradients in every
    /// step: their means, weighted by the samples learned from since the last time (local SGD; Stich, 2018). They are exchanged at the end
    /// of each epoch and before each evaluation too; cancellation and failures take effect there. Default: 1, gradients in every step.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is not positive.</exception>
    public int AverageEvery { get; init => field = ValidNumber.AtLeast(value, 1, nameof(AverageEvery)); } = 1;

    /// <summary>
    /// Whether batch norms normalise over the batches of all processes as if they were one. Exchanges two numbers for each channel in every
    /// batch norm, forward and backward, so it takes a quick network. Batches of the last round of an epoch, in which not every process has
    /// one, are normalised by themselves. Default: false, each batch by itself, as with gradient accumulation.
    /// </summary>
    public bool SynchronizedBatchNorm { get; init; }
}
