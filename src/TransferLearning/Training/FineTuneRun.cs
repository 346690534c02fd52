using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;

namespace TransferLearning;

/// <summary>One run of training: on samples, or on what the frozen part of the network gives for them, which is computed once.</summary>
/// <param name="model">What is trained.</param>
/// <param name="dataset">The training samples, under the model's classes.</param>
/// <param name="preprocessor">How they are preprocessed.</param>
/// <param name="options">How it is trained; checked.</param>
internal sealed class FineTuneRun(ModelParts model, Dataset dataset, Preprocessor preprocessor, FineTuneOptions options)
{
    private readonly Ranks _ranks = new(options.Communicator);
    private readonly ILogger _logger = options.Logger ?? NullLogger.Instance;
    private readonly FrozenPart? _frozen = model.Frozen;
    private readonly Precision _allowed = options.Precision; // of what is frozen, which chooses by itself
    private readonly LearningTask _task = options.Loss is null ? model.Task : model.Task with { Loss = options.Loss };

    private LoaderOptions Reading => LoaderOptions.Reading(options.BatchSize, options.Workers, options.OnBadSample) with
    {
        Shuffle = true,
        Seed = options.Seed,
        SmallestBatch = SmallestBatch,
        Shard = _ranks.Shard,
    };

    private LoaderOptions Training => Reading with { Sampler = options.Sampler };

    private int SmallestBatch => TrainsBatchNorms && options.BatchSize > 1 && dataset.Count > 1 ? 2 : 1;

    // A run that resumes in another process computes what is frozen in the same form, to the bit.
    private bool MeasuresForms => options.Checkpoints is null && _ranks.IsAlone;

    /// <summary>The most that a method must see.</summary>
    private MethodInput Needs => options.Methods.Select(method => method.Input).DefaultIfEmpty(MethodInput.Features).Max();

    /// <summary>What is frozen and may be computed once: nothing where a method needs the samples.</summary>
    private FrozenPart? Kept => Needs >= MethodInput.Samples ? null : _frozen;

    // One sample has no variance where maps are 1 x 1.
    private bool TrainsBatchNorms
        => _frozen is not { Stage: null }
            && model.Network.modules().Any(module => module.GetName().StartsWith("BatchNorm", StringComparison.Ordinal));

    /// <summary>How it is trained.</summary>
    public FineTuneOptions Options => options;

    /// <summary>Trains until the epochs are done, the caller cancels or patience ends.</summary>
    public TrainingHistory Run(Optimizer optimizer, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        if (options.Budget is null && (options.TimeLimit is not null || options.MaxMemory is not null))
        {
            return new BudgetedRun(model, dataset, preprocessor, options)
                .Run(optimizer, Kept, SmallestBatch, TrainsBatchNorms, progress, cancellationToken);
        }

        using Activity? activity = Telemetry.Begin("fine_tune", dataset.Count)?.SetTag("architecture", model.Architecture);
        foreach (string note in LibTorch.Diagnostics)
        {
            TrainingLog.Note(_logger, note);
        }

        progress = _ranks.IsFirst ? progress : null;
        long all = model.Network.parameters().Sum(parameter => parameter.numel());
        long trained = model.Network.parameters().Where(parameter => parameter.requires_grad).Sum(parameter => parameter.numel());
        TrainingLog.Started(_logger, trained, all, model.Architecture, dataset.Count, options.Epochs);
        using MethodChain methods = BeginMethods();
        if (_frozen is not null && Kept is null)
        {
            string method = options.Methods.First(method => method.Input == Needs).GetType().Name;
            TrainingLog.Note(_logger, $"{method} needs the samples, so {_frozen} runs in every epoch though it is frozen.");
        }

        TrainingHistory history =
            (Kept is not { } kept || options.Budget is { Plan.CachesFrozenPart: false }
                ? null : OnFeatures(kept, methods, optimizer, progress, trained, cancellationToken))
            ?? OnSamples(methods, optimizer, progress, cancellationToken);
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
        bool isLast = UsesChannelsLast();
        using MethodChain methods = BeginMethods();
        BatchLoader loader = new(dataset, preprocessor, Training, _task);
        return LearningRateFinder.Run(Plan(Pass(isLast), null, methods, loader.BatchCount), loader, optimizer, finder, cancellationToken);
    }

    private TrainingHistory OnSamples(
        MethodChain methods, Optimizer optimizer, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        IBatchSource loader = Shortened(new BatchLoader(dataset, preprocessor, Training, _task));
        bool isLast = UsesChannelsLast();
        Func<CancellationToken, (double Loss, Score? Score)>? validate = options.Validation is null ? null : Validate;
        model.Network.eval();
        using InferencePass? prefix = _frozen is { Stage: not null } && Needs < MethodInput.Network && model.Network is ImageNetwork
            ? new InferencePass(
                model.Network, model.Device, _allowed, _logger, (long)options.Epochs * loader.SampleCount, options.BatchSize, MeasuresForms)
            : null;
        using Trainer trainer = new(Plan(Pass(isLast, prefix), validate, methods, loader.BatchCount), loader, optimizer, options, progress);
        return trainer.Run(cancellationToken);
    }

    /// <summary>Trains what follows the frozen part on what that gives, computed once; null where it cannot be kept.</summary>
    private TrainingHistory? OnFeatures(
        FrozenPart frozen, MethodChain methods, Optimizer optimizer, IProgress<TrainingProgress>? progress, long trained,
        CancellationToken cancellationToken)
    {
        int views = preprocessor.IsDeterministic ? 1 : Math.Min(options.CachedViews, options.Epochs);
        if (views == 0)
        {
            return null;
        }

        Stopwatch clock = Stopwatch.StartNew();
        try
        {
            BackboneFeatures features = model.Features(
                options.FeatureCache, _logger, _allowed, _ranks, part: frozen, measures: MeasuresForms);
            (double training, double validating, double others) = options.Budget?.Plan.Parts ?? (0, 0, 0);
            if (Computed(features, dataset, preprocessor, Reading, training / (training + validating + others)) is not var (samples, rows))
            {
                return null;
            }

            TrainingLog.Note(
                _logger, $"Nothing in {frozen} is trained: it was computed once for each sample and view, and the rest trains on that.");
            Func<CancellationToken, (double Loss, Score? Score)>? validate = null;
            if (options.Validation is { } validation)
            {
                LoaderOptions inOrder = Reading with { Shuffle = false };
                double share = validating / (validating + others);
                validate = Computed(features, validation, model.Preprocessor, inOrder, share) is var (known, validationRows)
                    ? token => Scored(
                        model.EvaluateFeatures(frozen, validationRows, known, inOrder, _ranks, SampleDetail.None, null, token))
                    : Validate;
            }

            if (frozen.Stage is not null)
            {
                SettleForm(options with { ChannelsLast = options.ChannelsLast ?? false });
            }

            IBatchSource batches = Shortened(ModelParts.Batches(frozen, rows, samples, preprocessor, _task, Training));
            using Trainer trainer = new(
                Plan(frozen.Rest(model.Device), validate, methods, batches.BatchCount), batches, optimizer, options, progress);
            return trainer.Run(cancellationToken) with { Seconds = clock.Elapsed.TotalSeconds };
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested || !_ranks.IsAlone)
        {
            return new TrainingHistory([], StopReason.Cancelled, 0, trained, SkippedSamples.None, clock.Elapsed.TotalSeconds);
        }

        // Where a limit leaves no time for all samples, those that were computed are used; a run that resumes has all.
        (Dataset Samples, FeatureRows Rows)? Computed(
            BackboneFeatures features, Dataset all, Preprocessor preparing, LoaderOptions reading, double share)
        {
            bool isBounded = options.Checkpoints is null && options.Budget?.Plan.Parts is not null;
            using CancellationTokenSource? enough = isBounded ? options.Budget?.Deadline?.Within(share) : null;
            int wanted = all == dataset ? views : 1;
            IProgress<int>? done = all == dataset ? options.Budget?.FeatureProgress : null;
            FeatureRows? rows = features.Of(
                all, preparing, reading, wanted, done, cancellationToken, enough?.Token ?? CancellationToken.None);
            if (rows is null || enough is not { IsCancellationRequested: true })
            {
                return rows is null ? null : (all, rows);
            }

            int[] there = [.. Enumerable.Range(0, rows.Count).Where(sample => rows.Has(sample))];
            if (there.Length == rows.Count)
            {
                return (all, rows);
            }

            TrainingLog.Note(
                _logger, $"In the time for it {frozen} was computed for {there.Length} of {rows.Count} samples; the others are left out.");
            return there.Length == 0 ? null : (all.Subset(there), rows.Of(there));
        }
    }

    private IBatchSource Shortened(IBatchSource batches) => ShortenedEpochs.Of(batches, options.Budget?.Plan.BatchesPerEpoch);

    // prefix: runs what is frozen without remembering anything for gradients, in the fastest form there is.
    private ForwardPass Pass(bool isLast, InferencePass? prefix = null)
    {
        return new ForwardPass(
            model.Network,
            model.Device,
            prefix is null ? null : AfterPrefix,
            isLast
                ? input => input is ImageInput images
                    ? new ImageInput(MemoryLayout.WithChannelsLast(images.Values))
                    : input.To(model.Device)
                : null);

        Tensor AfterPrefix(ModelInput input)
        {
            using Tensor known = prefix.Run(_frozen!, input);
            using Tensor laid = isLast ? MemoryLayout.WithChannelsLast(known) : known.alias();
            return model.Network.ForwardFrom(_frozen!.Stage!, laid);
        }
    }

    private MethodChain BeginMethods()
    {
        if (options.Methods.Count > 0)
        {
            // What methods keep of the network at its start is of the weights that all processes begin with.
            string weights = string.Join(
                ", ", WeightSnapshot.Changing(model.Network).Select(entry => $"{entry.Key} [{string.Join(", ", entry.Value.shape)}]"));
            RunAgreement.Begin(
                _ranks, new Dictionary<string, string> { ["architecture"] = model.Identity.Value, ["weights"] = weights }, model.Network);
        }

        return MethodChain.Begin(
            new TrainingMethodContext(model.Network, _task, model.Device, dataset, preprocessor, options, _logger)
            {
                EvaluationPreprocessor = model.Preprocessor,
            });
    }

    private TrainingPlan Plan(
        ForwardPass pass, Func<CancellationToken, (double Loss, Score? Score)>? validate, MethodChain methods, int batchCount)
        => new(_task, pass, [.. model.Groups, .. methods.Groups], model.FreezesStatistics, Timed(validate))
        {
            SmallestBatch = SmallestBatch,
            Methods = methods,
            BatchCount = batchCount,
            Ranks = _ranks,
            NameOf = dataset.NameOf,
            Start = options.Phase?.Start,

            // What a run that resumes from a checkpoint must have in common with it.
            Identity = options.Checkpoints is null && _ranks.IsAlone
                ? []
                : new Dictionary<string, string>
                {
                    ["architecture"] = $"{model.Identity.Value} for {RunIdentity.Describe(model.Task)}, batch norms "
                        + $"{(model.FreezesStatistics ? "frozen with their layers" : "learning everywhere")}",
                    ["training samples"] = dataset.Fingerprint,
                    ["validation samples"] = options.Validation?.Fingerprint ?? "none",
                    ["preprocessing"] = $"{preprocessor.Fingerprint}, evaluated with {model.Preprocessor.Fingerprint}",
                },
        };

    private Func<CancellationToken, (double Loss, Score? Score)>? Timed(Func<CancellationToken, (double Loss, Score? Score)>? validate)
        => validate is not null && options.Budget?.Deadline is { } deadline ? token => deadline.Evaluate(() => validate(token)) : validate;

    /// <summary>Evaluates the network as it is on the validation set.</summary>
    public (double Loss, Score? Score) Validate(CancellationToken cancellationToken)
        => Scored(model.Evaluate(options.Validation!, Evaluation(options), null, cancellationToken));

    /// <summary>How a run evaluates.</summary>
    internal static EvaluateOptions Evaluation(FineTuneOptions options) => new()
    {
        BatchSize = options.BatchSize,
        OnBadSample = options.OnBadSample,
        Workers = options.Workers,
        Communicator = options.Communicator,
    };

    private static (double Loss, Score? Score) Scored(EvaluationResult result) => (result.Loss, result.Score);

    // Afterwards the options say it, and so does what a checkpoint knows of the run: it is resumed in the form in which it was begun.
    private void SettleForm(FineTuneOptions open)
    {
        if (open.ChannelsLast is not null && open.Precision == Precision.Float32)
        {
            options = open;
            return;
        }

        TrainingForm form = new(open.ChannelsLast ?? false, open.Precision);
        _ranks.Guard(() => form = !_ranks.IsFirst ? form : FormOfRecord(open)
            ?? new TrainingFormTrial(model, _frozen, open).Fastest(
                preprocessor,
                dataset.Count,
                () => TrialInput.FirstBatch(dataset, preprocessor, Reading, _task),
                MeasuredForms.Shared,
                _logger));
        form = _ranks.FromFirst(form);
        options = open with { ChannelsLast = form.IsChannelsLast, Precision = form.Precision };
    }

    private static TrainingForm? FormOfRecord(FineTuneOptions open)
    {
        if (open.Checkpoints is not { Resume: true } policy)
        {
            return null;
        }

        RunRecord? saved = new RunFolder(policy.Folder, NullLogger.Instance).NewestRecord();
        return saved is null ? null : new TrainingForm(
            open.ChannelsLast ?? IsOfRecord(nameof(open.ChannelsLast), true),
            IsOfRecord(nameof(open.Precision), Precision.Float32) ? Precision.Float32 : open.Precision);

        bool IsOfRecord(string name, object value) => saved.Identity.GetValueOrDefault(name) == RunIdentity.Describe(value);
    }

    private bool UsesChannelsLast()
    {
        SettleForm(options);
        if (options.ChannelsLast != true || LibTorch.OneDnnIsOn)
        {
            return options.ChannelsLast == true;
        }

        TrainingLog.Note(_logger, "oneDNN is off, so convolutions keep the plain memory layout.");
        return false;
    }
}
