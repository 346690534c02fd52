using Microsoft.Extensions.Logging.Abstractions;

namespace TransferLearning;

/// <summary>What training, evaluation and feature extraction need of a model, whatever its modality and task.</summary>
/// <param name="Network">The network, on its device.</param>
/// <param name="Device">Where it is.</param>
/// <param name="Architecture">What it is called.</param>
/// <param name="Identity">What makes the network what it is besides its weights: architecture and options, without the head. Written when
/// something is to be kept or resumed.</param>
/// <param name="Task">What it is for.</param>
/// <param name="Preprocessor">How samples are preprocessed for evaluation, with counts of its own.</param>
internal sealed record ModelParts(
    Network Network, Device Device, string Architecture, Lazy<string> Identity, LearningTask Task, Preprocessor Preprocessor)
{
    /// <summary>Whether frozen batch norms keep their statistics.</summary>
    public bool FreezesStatistics { get; init; } = true;

    /// <summary>The factors on the learning rate by stage; null for equal rates.</summary>
    public StageRates? Rates { get; init; }

    /// <summary>What of the network gives the same for a sample in every epoch; null for nothing.</summary>
    public FrozenPart? Frozen => FrozenPart.Of(Network, FreezesStatistics);

    /// <summary>What is trained, in parts that have learning rates of their own.</summary>
    public List<ParameterGroup> Groups => StageGroups.Of(Network, Network.Stages, StageRates.Head, Rates);

    /// <summary>The model in words, with a hash of its weights.</summary>
    public string Description => $"{Identity.Value} for {RunIdentity.Describe(Task)}, {RunIdentity.Hash(ModuleState.Of(Network))}";

    /// <summary>A data set's samples under the model's classes, matched by name.</summary>
    /// <exception cref="ArgumentException">The classes cannot be matched.</exception>
    public Dataset Matched(Dataset dataset)
    {
        if (Task is not ClassTask classes)
        {
            return dataset;
        }

        if (!classes.HasClassNames)
        {
            throw new ArgumentException(
                $"The weights of {Architecture} do not say which classes their {classes.ClassCount} outputs stand for, so the classes of "
                    + $"{dataset} ({Dataset.Shown(dataset.ClassNames)}) cannot be matched. Say it with WithClassNames([…]) in the order of "
                    + $"the outputs, or call ReplaceHead({dataset.ClassNames.Count}) and train.",
                nameof(dataset));
        }

        try
        {
            return dataset.WithClasses(classes.ClassNames);
        }
        catch (ArgumentException exception)
        {
            throw new ArgumentException(
                $"{exception.Message} For other classes call ReplaceHead({dataset.ClassNames.Count}) and train.",
                nameof(dataset),
                exception);
        }
    }

    /// <summary>Gets features from a cache or by running a part of the network; null for the whole backbone.</summary>
    public BackboneFeatures Features(
        FeatureCache? cache, ILogger? logger, Precision precision, Ranks ranks, bool unlimited = false, FrozenPart? part = null,
        bool measures = true)
        => new(
            part ?? new FrozenPart(Network), Device, Identity, cache, logger ?? NullLogger.Instance, precision, ranks, unlimited, measures);

    /// <summary>The features of samples, of which at least one can be read.</summary>
    /// <exception cref="ArgumentException">The preprocessor draws, or there is no readable sample.</exception>
    public FeatureRows Rows(
        Dataset dataset, Preprocessor preprocessor, FeatureOptions options, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        if (!preprocessor.IsDeterministic)
        {
            throw new ArgumentException(
                "The preprocessor draws, so a sample has no fixed features: use one without draws, such as "
                    + $"{nameof(ImagePipeline)}.{nameof(ImagePipeline.ForEvaluation)}.",
                nameof(options));
        }

        LoaderOptions reading = LoaderOptions.Reading(options.BatchSize, options.Workers, options.OnBadSample);
        FeatureRows rows = Of(options.Cache, false) ?? Of(null, true)!;
        return rows.Skipped < rows.Count
            ? rows
            : throw new ArgumentException($"There is no readable sample to extract features from in {dataset}.", nameof(dataset));

        FeatureRows? Of(FeatureCache? cache, bool unlimited)
            => Features(cache, options.Logger, options.Precision, new Ranks(options.Communicator), unlimited)
                .Of(dataset, preprocessor, reading, 1, progress, cancellationToken);
    }

    /// <summary>The batches of samples for which a part of the network was computed.</summary>
    public static IBatchSource Batches(
        FrozenPart part, FeatureRows rows, Dataset dataset, Preprocessor preprocessor, LearningTask task, LoaderOptions reading)
        => part.Stage is not null && preprocessor is PaddedPreprocessor
            ? new ActivationBatches(new BatchLoader(dataset, preprocessor, reading, task), rows)
            : new FeatureBatches(rows, dataset, task, reading);

    /// <summary>Evaluates the model.</summary>
    /// <param name="dataset">The samples, under the model's classes.</param>
    /// <param name="options">Batch size, workers, damaged samples, features.</param>
    /// <param name="progress">Receives the number of samples that are done.</param>
    /// <param name="cancellationToken">Ends the evaluation.</param>
    public EvaluationResult Evaluate(
        Dataset dataset, EvaluateOptions options, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        LearningTask task = Task.ForEvaluation();
        Preprocessor preprocessor = options.Preprocessor ?? Preprocessor;
        Ranks ranks = Sharing(task, dataset, new Ranks(options.Communicator));
        LoaderOptions reading = LoaderOptions.Reading(options.BatchSize, options.Workers, options.OnBadSample) with { Shard = ranks.Shard };
        if (options.FeatureCache is not null && Network.HeadKind != HeadKind.Pooled)
        {
            throw new ArgumentException(
                $"{nameof(options.FeatureCache)} keeps one vector for each sample, and the head of {Architecture} for {task.Name} needs "
                    + "more: leave it out.",
                nameof(options));
        }

        if (options is { FeatureCache: not null, Augmentation: not null })
        {
            throw new ArgumentException(
                $"{nameof(options.FeatureCache)} has features of the images as they are, and {nameof(options.Augmentation)} needs those of "
                    + "other views: leave one of them out.",
                nameof(options));
        }

        if (options.Adaptation is not null)
        {
            string? other = options.FeatureCache is not null ? nameof(options.FeatureCache)
                : options.Augmentation is not null ? nameof(options.Augmentation)
                : options.Communicator is not null ? nameof(options.Communicator)
                : options.Precision != Precision.Float32 ? nameof(options.Precision)
                : null;
            reading = other is null
                ? options.Adaptation.Reading(reading)
                : throw new ArgumentException(
                    $"{nameof(options.Adaptation)} changes how the network sees each batch, which {other} cannot follow: leave one of them "
                        + "out.",
                    nameof(options));
        }

        Network.eval();
        if (options.FeatureCache is { } cache
            && Features(cache, null, options.Precision, new Ranks(options.Communicator))
                .Of(dataset, preprocessor, reading, 1, null, cancellationToken) is { } rows)
        {
            return EvaluateFeatures(
                new FrozenPart(Network), rows, dataset, reading, ranks, options.Samples, progress, cancellationToken);
        }

        BatchLoader loader = new(dataset, preprocessor, reading, task);
        if (options.Adaptation is { } adaptation)
        {
            using EntropyAdapter adapter = adaptation.Begin(Network, task);
            ForwardPass adapting = adapter.Over(new ForwardPass(Network, Device));
            return Evaluator.Run(task, adapting, loader, dataset, preprocessor, ranks, options.Samples, progress, cancellationToken);
        }

        using InferencePass form = new(
            Network,
            Device,
            options.Precision,
            samples: dataset.Count,
            batchSize: options.BatchSize,
            measures: ranks.IsAlone);
        ForwardPass pass = options.Augmentation?.Over(form.Pass, task, preprocessor) ?? form.Pass;
        return Evaluator.Run(task, pass, loader, dataset, preprocessor, ranks, options.Samples, progress, cancellationToken);
    }

    /// <summary>Evaluates the rest of the network on what a part of it gave before.</summary>
    public EvaluationResult EvaluateFeatures(
        FrozenPart part, FeatureRows rows, Dataset dataset, LoaderOptions reading, Ranks ranks, SampleDetail detail,
        IProgress<int>? progress,
        CancellationToken cancellationToken)
    {
        LearningTask task = Task.ForEvaluation();
        Network.eval();
        ranks = Sharing(task, dataset, ranks);
        IBatchSource batches = Batches(part, rows, dataset, Preprocessor, task, reading with { Shard = ranks.Shard });
        return Evaluator.Run(task, part.Rest(Device), batches, dataset, Preprocessor, ranks, detail, progress, cancellationToken);
    }

    /// <summary>Scores one part of a data set into a file of a folder.</summary>
    public ScoreShard Score(
        Dataset dataset, string output, (int Index, int Count) shard, ScoreOptions options, IProgress<int>? progress,
        CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shard.Count, nameof(shard));
        ArgumentOutOfRangeException.ThrowIfNegative(shard.Index, nameof(shard));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(shard.Index, shard.Count, nameof(shard));
        Scorer scorer = new(Network, Device, Task, Preprocessor, options);
        ScoreColumns columns = scorer.Columns;
        Dictionary<string, string> job = new()
        {
            ["model"] = Description,
            ["samples"] = dataset.Fingerprint,
            ["preprocessing"] = Preprocessor.Fingerprint,
            ["content"] = $"{options.Content} in {OptimizedInference.PrecisionOn(Device, options.Precision)}",
        };
        int first = (int)((long)dataset.Count * shard.Index / shard.Count);
        int end = (int)((long)dataset.Count * (shard.Index + 1) / shard.Count);
        string file = ScoreFolder.NameOf(shard.Index, shard.Count, options.Format);
        Directory.CreateDirectory(output);
        if (ScoreFolder.Done(output, file, job) is { } done)
        {
            TrainingLog.Note(options.Logger ?? NullLogger.Instance, $"'{file}' is done already, with {done.Count} samples.");
            return done;
        }

        (int Count, SkippedSamples Skipped) written = (0, SkippedSamples.None);
        return ScoreFolder.Write(
            output,
            stream =>
            {
                using ScoreWriter writer = options.Format.Begin(stream, columns);
                written = scorer.Run(dataset, first, end - first, writer, progress, cancellationToken);
            },
            () => new ScoreShard(shard.Index, shard.Count, file, first, written.Count, written.Skipped, 0, "", job));
    }

    // Where a metric cannot be shared, every process measures all samples.
    private static Ranks Sharing(LearningTask task, Dataset dataset, Ranks ranks)
        => ranks.IsAlone || task.CreateMetric(dataset).Share(MetricState.Empty) ? ranks : new Ranks(null);
}
