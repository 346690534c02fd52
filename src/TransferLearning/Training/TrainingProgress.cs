namespace TransferLearning;

/// <summary>
/// Where a training run is, reported every <see cref="FineTuneOptions.ReportEvery"/> batches and at the end of each epoch.
/// </summary>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="Epochs">How many epochs there will be.</param>
/// <param name="Batch">How many batches of the epoch are done.</param>
/// <param name="Batches">How many batches an epoch has.</param>
/// <param name="Loss">The running loss: the mean over the batches since the last report.</param>
/// <param name="LearningRate">The learning rate of the last step.</param>
/// <param name="SamplesPerSecond">Samples a second in this epoch so far.</param>
/// <param name="Elapsed">How long the run has taken.</param>
public sealed record TrainingProgress(
    int Epoch, int Epochs, int Batch, int Batches, double Loss, double LearningRate, double SamplesPerSecond, TimeSpan Elapsed)
{
    /// <summary>The epoch's result, in the report at its end; null in all others.</summary>
    public EpochResult? EpochResult { get; init; }

    /// <summary>The norm of the last step's gradients before clipping; null unless they are clipped by norm.</summary>
    public double? GradientNorm { get; init; }
}
