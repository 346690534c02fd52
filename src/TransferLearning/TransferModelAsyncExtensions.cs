namespace TransferLearning;

/// <summary>The long calls off the calling thread, each on a thread of its own.</summary>
public static class TransferModelAsyncExtensions
{
    /// <inheritdoc cref="TransferModel.FineTune"/>
    public static Task<TrainingHistory> FineTuneAsync(
        this TransferModel model, Dataset dataset, Optimizer optimizer, FineTuneOptions? options = null, string? resume = null,
        IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
        => Background(() => model.FineTune(dataset, optimizer, options, resume, progress, cancellationToken));

    /// <inheritdoc cref="TransferModel.Probe(Dataset, LinearProbe, FeatureOptions?, IProgress{int}?, CancellationToken)"/>
    public static Task<LinearProbeResult> ProbeAsync(
        this TransferModel model, Dataset dataset, LinearProbe probe, FeatureOptions? options = null, IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
        => Background(() => model.Probe(dataset, probe, options, progress, cancellationToken));

    /// <inheritdoc cref="TransferModel.FindLearningRate"/>
    public static Task<LearningRateCurve> FindLearningRateAsync(
        this TransferModel model, Dataset dataset, Optimizer optimizer, LearningRateFinderOptions? options = null,
        CancellationToken cancellationToken = default)
        => Background(() => model.FindLearningRate(dataset, optimizer, options, cancellationToken));

    /// <inheritdoc cref="TransferModel.Evaluate"/>
    public static Task<EvaluationResult> EvaluateAsync(
        this TransferModel model, Dataset dataset, EvaluateOptions? options = null, IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
        => Background(() => model.Evaluate(dataset, options, progress, cancellationToken));

    private static Task<T> Background<T>(Func<T> work)
        => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
