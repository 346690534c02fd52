using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning;

public sealed partial class TransferModel
{
    /// <summary>Works out what enters the head, for every sample, with evaluation's preprocessing.</summary>
    /// <param name="dataset">The samples.</param>
    /// <param name="batchSize">How many go through the network at once.</param>
    /// <param name="cancellationToken">Ends the work; nothing is returned then.</param>
    /// <returns>One row for each sample, in order; the caller disposes it.</returns>
    public FeatureSet ExtractFeatures(Dataset dataset, int batchSize = 32, CancellationToken cancellationToken = default)
        => ExtractFeatures(dataset, new FeatureOptions { BatchSize = batchSize }, null, cancellationToken);

    /// <summary>Works out what enters the head, for every sample; what a cache holds already is taken from there.</summary>
    /// <param name="dataset">The samples.</param>
    /// <param name="options">Batch size, workers, preprocessing, damaged samples, cache.</param>
    /// <param name="progress">Told how many samples were worked out.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>; a cache keeps what was done.</param>
    /// <returns>
    /// One row for each sample, in order, without those that were passed over; maps are averaged over their places. The caller disposes it.
    /// </returns>
    /// <exception cref="ArgumentException">The transform draws, or there is no readable sample.</exception>
    /// <exception cref="SampleLoadException">A sample could not be read; the message names it.</exception>
    public FeatureSet ExtractFeatures(Dataset dataset, FeatureOptions options, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(options);
        ISampleTransform transform = options.Transform ?? ImagePipeline.ForEvaluation(Preprocess);
        if (!transform.IsDeterministic)
        {
            throw new ArgumentException("The transform draws, so a sample has no fixed features: use one without draws, such as ImagePipeline.ForEvaluation.", nameof(options));
        }

        LoaderOptions reading = Reading(options.BatchSize, options.Workers, options.OnBadSample);
        ILogger logger = options.Logger ?? NullLogger.Instance;
        FeatureRows rows = FeaturesOf(options.Cache, logger, options.Precision).Of(dataset, transform, reading, 1, progress, cancellationToken)
            ?? FeaturesOf(null, logger, options.Precision, unlimited: true).Of(dataset, transform, reading, 1, progress, cancellationToken)!;
        ThrowIfNone(rows, nameof(dataset));
        return FeatureSet.Of(rows, dataset);
    }

    /// <summary>Judges the model on labelled samples, whose features are taken from a cache, or worked out once and kept there.</summary>
    /// <inheritdoc cref="Evaluate(Dataset, EvaluateOptions?, IProgress{int}?, CancellationToken)"/>
    /// <param name="dataset">The samples; as many classes as the head has.</param>
    /// <param name="features">The cache. The caller owns it.</param>
    /// <param name="options">Batch size, workers, damaged pictures; null means the defaults.</param>
    /// <param name="progress">Told how many samples are done.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    public EvaluationResult Evaluate(
        Dataset dataset, FeatureCache features, EvaluateOptions? options = null, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(features);
        ThrowIfClassesDiffer(dataset);
        options ??= new EvaluateOptions();
        LoaderOptions reading = Reading(options.BatchSize, options.Workers, options.OnBadSample);
        ISampleTransform transform = options.Transform ?? ImagePipeline.ForEvaluation(Preprocess);
        FeatureRows? rows = FeaturesOf(features, NullLogger.Instance, options.Precision).Of(dataset, transform, reading, 1, null, cancellationToken);
        if (rows is null)
        {
            return Evaluate(dataset, options, progress, cancellationToken);
        }

        FeatureBatches batches = new(rows, dataset.LabelOf, options.BatchSize, shuffle: false, 0);
        Module.eval();
        return Evaluator.Run(Module.ForwardHead, Device.ToTorch(), batches.Epoch(0), () => batches.SkippedCount, dataset, progress, cancellationToken);
    }

    private static void ThrowIfNone(FeatureRows rows, string parameter)
    {
        if (rows.Skipped == rows.Count)
        {
            throw new ArgumentException("There is no readable sample to extract features from.", parameter);
        }
    }

    private static LoaderOptions Reading(int batchSize, int? workers, BadSampleHandling onBadSample)
        => new() { BatchSize = batchSize, OnBadSample = onBadSample, Workers = workers ?? new LoaderOptions().Workers };

    private BackboneFeatures FeaturesOf(FeatureCache? cache, ILogger logger, Precision precision = Precision.Float32, bool unlimited = false)
        => new(
            Module,
            Device,
            $"{Architecture};{JsonSerializer.Serialize(_options with { Classes = null })}",
            cache,
            logger,
            precision,
            unlimited);

    /// <summary>Trains the head on features that are worked out once; null where they cannot be kept.</summary>
    private TrainingHistory? TrainOnFeatures(
        Dataset dataset,
        ISampleTransform transform,
        LoaderOptions reading,
        Optimizer optimizer,
        FineTuneOptions options,
        IProgress<TrainingProgress>? progress,
        CancellationToken cancellationToken)
    {
        int views = transform.IsDeterministic ? 1 : Math.Min(options.CachedViews, options.Epochs);
        if (views == 0)
        {
            return null;
        }

        ILogger logger = options.Logger ?? NullLogger.Instance;
        Stopwatch clock = Stopwatch.StartNew();
        try
        {
            BackboneFeatures features = FeaturesOf(options.FeatureCache, logger, options.Precision);
            if (features.Of(dataset, transform, reading, views, null, cancellationToken) is not { } own)
            {
                return null;
            }

            ThrowIfNone(own, nameof(dataset));
            FeatureRows? judged = null;
            if (options.Validation is { } validation)
            {
                judged = features.Of(validation, ImagePipeline.ForEvaluation(Preprocess), reading, 1, null, cancellationToken);
            }

            Func<CancellationToken, (double Loss, double Accuracy)>? judge = (options.Validation, judged) switch
            {
                (null, _) => null,
                ({ } samples, null) => token => Judge(samples, options, token),
                ({ } samples, { } rows) => _ => FeatureJudge.Run(Module.ForwardHead, Device, new FeatureBatches(rows, samples.LabelOf, options.BatchSize, shuffle: false, 0)),
            };
            ClassificationStep step = new(Device, rows => (Module.ForwardHead(rows), []), options.Loss);
            TrainingTask task = new(Module, Groups, step.Compute, FreezesStatistics, judge) { Identity = Identity(dataset, transform, options) };
            using Trainer trainer = new(task, new FeatureBatches(own, dataset.LabelOf, options.BatchSize, shuffle: true, options.Seed), optimizer, options, progress);
            TrainingHistory history = trainer.Run(cancellationToken);
            return history with { Seconds = clock.Elapsed.TotalSeconds };
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return new TrainingHistory([], StopReason.Cancelled, 0, TrainableParameters, 0, clock.Elapsed.TotalSeconds);
        }
    }
}
