using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;

namespace TransferLearning;

/// <summary>One run of training: on samples, or, where nothing but the head is trained, on features that are computed once.</summary>
/// <param name="model">What is trained.</param>
/// <param name="dataset">The training samples, under the model's classes.</param>
/// <param name="preprocessor">How they are preprocessed.</param>
/// <param name="options">How it is trained; checked.</param>
internal sealed class FineTuneRun(ModelParts model, Dataset dataset, Preprocessor preprocessor, FineTuneOptions options)
{
    private readonly Ranks _ranks = new(options.Communicator);
    private readonly ILogger _logger = options.Logger ?? NullLogger.Instance;
    private readonly LearningTask _task = options.Loss is null ? model.Task : model.Task with { Loss = options.Loss };

    private LoaderOptions Reading => LoaderOptions.Reading(options.BatchSize, options.Workers, options.OnBadSample) with
    {
        Shuffle = true,
        Seed = options.Seed,
        SmallestBatch = SmallestBatch,
        Shard = _ranks.Shard,
    };

    private int SmallestBatch => TrainsBatchNorms && options.BatchSize > 1 && dataset.Count > 1 ? 2 : 1;

    // One sample has no variance where maps are 1 x 1.
    private bool TrainsBatchNorms
        => !model.TrainsHeadOnly
            && model.Network.modules().Any(module => module.GetName().StartsWith("BatchNorm", StringComparison.Ordinal));

    /// <summary>Trains until the epochs are done, the caller cancels or patience ends.</summary>
    public TrainingHistory Run(Optimizer optimizer, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        using Activity? activity = Telemetry.Begin("fine_tune", dataset.Count)?.SetTag("architecture", model.Architecture);
        foreach (string note in LibTorch.Diagnostics)
        {
            TrainingLog.Note(_logger, note);
        }

        progress = _ranks.IsFirst ? progress : null;
        long all = model.Network.parameters().Sum(parameter => parameter.numel());
        long trained = model.Network.parameters().Where(parameter => parameter.requires_grad).Sum(parameter => parameter.numel());
        TrainingLog.Started(_logger, trained, all, model.Architecture, dataset.Count, options.Epochs);
        TrainingHistory history = (model.TrainsHeadOnly ? OnFeatures(optimizer, progress, trained, cancellationToken) : null)
            ?? OnSamples(optimizer, progress, cancellationToken);
        if (preprocessor.TruncatedSamples > 0)
        {
            TrainingLog.Note(
                _logger,
                $"Samples were too long and were truncated {preprocessor.TruncatedSamples} times in {history.Epochs.Count} epochs; "
                    + "WithMaximumLength sets the length, or refuses them.");
        }

        foreach (SkippedSample skipped in history.Skipped.Samples)
        {
            TrainingLog.Note(_logger, $"Sample {skipped.Index}, '{skipped.Name}', was skipped: {skipped.Reason}");
        }

        LibTorch.TrimMemory();
        return history;
    }

    /// <summary>Trains for some steps while the learning rate climbs, and puts everything back as it was.</summary>
    public LearningRateCurve FindLearningRate(Optimizer optimizer, LearningRateFinderOptions finder, CancellationToken cancellationToken)
    {
        using ChannelsLast? layout = UsesChannelsLast() ? new ChannelsLast(model.Network) : null;
        return LearningRateFinder.Run(
            Plan(Pass(layout), null), new BatchLoader(dataset, preprocessor, Reading, _task), optimizer, finder, cancellationToken);
    }

    private TrainingHistory OnSamples(Optimizer optimizer, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        BatchLoader loader = new(dataset, preprocessor, Reading, _task);
        using ChannelsLast? layout = UsesChannelsLast() ? new ChannelsLast(model.Network) : null;
        Func<CancellationToken, (double Loss, Score? Score)>? validate = options.Validation is { } validation
            ? token => Validate(validation, token)
            : null;
        using Trainer trainer = new(Plan(Pass(layout), validate), loader, optimizer, options, progress);
        return trainer.Run(cancellationToken);
    }

    /// <summary>Trains the head on features that are computed once; null where they cannot be kept.</summary>
    private TrainingHistory? OnFeatures(
        Optimizer optimizer, IProgress<TrainingProgress>? progress, long trained, CancellationToken cancellationToken)
    {
        int views = preprocessor.IsDeterministic ? 1 : Math.Min(options.CachedViews, options.Epochs);
        if (views == 0)
        {
            return null;
        }

        Stopwatch clock = Stopwatch.StartNew();
        try
        {
            BackboneFeatures features = model.Features(options.FeatureCache, _logger, options.Precision, _ranks);
            if (features.Of(dataset, preprocessor, Reading, views, null, cancellationToken) is not { } rows)
            {
                return null;
            }

            Func<CancellationToken, (double Loss, Score? Score)>? validate = null;
            if (options.Validation is { } validation)
            {
                LoaderOptions inOrder = Reading with { Shuffle = false };
                validate = features.Of(validation, model.Preprocessor, inOrder, 1, null, cancellationToken) is { } validationRows
                    ? token => Scored(model.EvaluateFeatures(validationRows, validation, inOrder, _ranks, SampleDetail.None, null, token))
                    : token => Validate(validation, token);
            }

            FeatureBatches batches = new(rows, dataset, _task, Reading);
            using Trainer trainer = new(
                Plan(ForwardPass.OfHead(model.Network, model.Device), validate), batches, optimizer, options, progress);
            return trainer.Run(cancellationToken) with { Seconds = clock.Elapsed.TotalSeconds };
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested || !_ranks.IsAlone)
        {
            return new TrainingHistory([], StopReason.Cancelled, 0, trained, SkippedSamples.None, clock.Elapsed.TotalSeconds);
        }
    }

    private ForwardPass Pass(ChannelsLast? layout) => layout is null
        ? new ForwardPass(model.Network, model.Device)
        : new ForwardPass(
            model.Network,
            model.Device,
            null,
            input => input is ImageInput images ? new ImageInput(ChannelsLast.Of(images.Values)) : input.To(model.Device));

    private TrainingPlan Plan(ForwardPass pass, Func<CancellationToken, (double Loss, Score? Score)>? validate)
        => new(_task, pass, model.Groups, model.FreezesStatistics, validate)
        {
            SmallestBatch = SmallestBatch,
            Ranks = _ranks,
            NameOf = dataset.NameOf,

            // What a run that resumes from a checkpoint must have in common with it.
            Identity = options.Checkpoints is null && _ranks.IsAlone
                ? []
                : new Dictionary<string, string>
                {
                    ["architecture"] = $"{model.Identity} for {RunIdentity.Describe(model.Task)}, batch norms "
                        + $"{(model.FreezesStatistics ? "frozen with their layers" : "learning everywhere")}",
                    ["training samples"] = dataset.Fingerprint,
                    ["validation samples"] = options.Validation?.Fingerprint ?? "none",
                    ["preprocessing"] = $"{preprocessor.Fingerprint}, evaluated with {model.Preprocessor.Fingerprint}",
                },
        };

    private (double Loss, Score? Score) Validate(Dataset validation, CancellationToken cancellationToken)
    {
        EvaluateOptions evaluation = new()
        {
            BatchSize = options.BatchSize,
            OnBadSample = options.OnBadSample,
            Workers = options.Workers,
            Communicator = options.Communicator,
        };
        return Scored(model.Evaluate(validation, evaluation, null, cancellationToken));
    }

    private static (double Loss, Score? Score) Scored(EvaluationResult result) => (result.Loss, result.Score);

    private bool UsesChannelsLast()
    {
        if (!options.ChannelsLast || LibTorch.OneDnnIsOn)
        {
            return options.ChannelsLast;
        }

        TrainingLog.Note(_logger, "oneDNN is off, so convolutions keep the plain memory layout.");
        return false;
    }
}
