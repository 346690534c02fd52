using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning;

public sealed partial class TransferModel
{
    // Above this the features of a frozen backbone are worked out in every epoch instead of being kept.
    private const long LargestFeatureCache = 2L << 30;

    /// <summary>Trains what is not frozen on a data set by mini-batch gradient descent.</summary>
    /// <param name="dataset">The training samples; their class names become the model's.</param>
    /// <param name="optimizer">The rule: <see cref="Sgd"/>, <see cref="Adam"/>, <see cref="AdamW"/>, …</param>
    /// <param name="options">Epochs, batch size, seed, validation and more; null means the defaults.</param>
    /// <param name="progress">Told every <see cref="FineTuneOptions.ReportEvery"/> batches and at the end of each epoch.</param>
    /// <param name="cancellationToken">Ends training within one batch; the model keeps the best weights so far, and the history says why it ended.</param>
    /// <returns>What each epoch gave.</returns>
    /// <exception cref="ArgumentException">The head does not fit the data set's classes, nothing is trainable, or an option is wrong.</exception>
    /// <exception cref="TrainingException">The loss is no number any more; the message names epoch and batch.</exception>
    /// <exception cref="MediaException">A picture could not be read; the message names it.</exception>
    public TrainingHistory FineTune(
        Dataset dataset,
        Optimizer optimizer,
        FineTuneOptions? options = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        options = Checked(dataset, optimizer, options);
        return Train(dataset, optimizer, options, progress, cancellationToken);
    }

    /// <inheritdoc cref="FineTune"/>
    public Task<TrainingHistory> FineTuneAsync(
        Dataset dataset,
        Optimizer optimizer,
        FineTuneOptions? options = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        FineTuneOptions chosen = Checked(dataset, optimizer, options);
        return Task.Factory.StartNew(
            () => Train(dataset, optimizer, chosen, progress, cancellationToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>
    /// Trains nothing but the head: freezes the backbone, works its features out once, and trains the head on them. The quickest way to see what a
    /// pretrained network is worth on a data set.
    /// </summary>
    /// <inheritdoc cref="FineTune"/>
    public TrainingHistory Probe(
        Dataset dataset,
        Optimizer optimizer,
        FineTuneOptions? options = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
        => FreezeBackbone().FineTune(dataset, optimizer, options, progress, cancellationToken);

    /// <summary>Works out what enters the head, for every sample, with evaluation's preprocessing.</summary>
    /// <param name="dataset">The samples.</param>
    /// <param name="batchSize">How many go through the network at once.</param>
    /// <param name="cancellationToken">Ends the work; nothing is returned then.</param>
    /// <returns>One row for each sample, in order; the caller disposes it.</returns>
    public FeatureSet ExtractFeatures(Dataset dataset, int batchSize = 32, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(dataset);
        BatchLoader loader = new(dataset, ImagePipeline.ForEvaluation(Preprocess), new LoaderOptions { BatchSize = batchSize });
        (Tensor features, Tensor labels) = FeatureExtraction.Run(Module, Device.ToTorch(), loader, cancellationToken);
        if (features.dim() == 4)
        {
            using Tensor map = features;
            features = map.mean([2, 3]).DetachFromDisposeScope();
        }

        return new FeatureSet(features, labels, dataset.ClassNames);
    }

    private FineTuneOptions Checked(Dataset dataset, Optimizer optimizer, FineTuneOptions? options)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(optimizer);
        options ??= new FineTuneOptions();
        options.Validate();
        ThrowIfClassesDiffer(dataset);
        if (options.Validation is { } validation)
        {
            ThrowIfClassesDiffer(validation);
        }

        if (dataset.Count == 0)
        {
            throw new ArgumentException("The data set has no samples.", nameof(dataset));
        }

        return TrainableParameters > 0
            ? options
            : throw new ArgumentException("Every parameter is frozen, so there is nothing to train: call Unfreeze(), UnfreezeFrom(stage) or ReplaceHead(classes).");
    }

    private void ThrowIfClassesDiffer(Dataset dataset)
    {
        if (dataset.ClassNames.Count != Classes)
        {
            throw new ArgumentException(
                $"The head of {Architecture} tells {Classes} classes apart, and the data set has {dataset.ClassNames.Count} "
                + $"({string.Join(", ", dataset.ClassNames.Take(5))}{(dataset.ClassNames.Count > 5 ? ", …" : "")}). Call ReplaceHead({dataset.ClassNames.Count}) first.",
                nameof(dataset));
        }
    }

    private TrainingHistory Train(Dataset dataset, Optimizer optimizer, FineTuneOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        ILogger logger = options.Logger ?? NullLogger.Instance;
        foreach (string note in LibTorch.Diagnostics)
        {
            TrainingLog.Note(logger, note);
        }

        TrainingLog.Started(logger, TrainableParameters, Module.parameters().Sum(parameter => parameter.numel()), Architecture, dataset.Count, options.Epochs);
        bool headOnly = BackboneIsFrozen;
        ISampleTransform transform = options.Transform ?? (headOnly ? ImagePipeline.ForEvaluation(Preprocess) : ImagePipeline.ForTraining(Preprocess));
        LoaderOptions reading = new()
        {
            BatchSize = options.BatchSize,
            Shuffle = true,
            Seed = options.Seed,
            OnBadSample = options.OnBadSample,
            Workers = options.Workers ?? new LoaderOptions().Workers,
        };
        ClassNames = dataset.ClassNames;
        TrainingHistory history = headOnly && transform.IsDeterministic && (long)Module.FeatureCount * dataset.Count * sizeof(float) <= LargestFeatureCache
            ? TrainOnFeatures(dataset, transform, reading, optimizer, options, progress, cancellationToken)
            : TrainOnPictures(dataset, transform, reading, optimizer, options, progress, cancellationToken);
        LibTorch.TrimMemory();
        return history;
    }

    private static bool UsesChannelsLast(FineTuneOptions options)
    {
        if (!options.ChannelsLast || LibTorch.OneDnnIsOn)
        {
            return options.ChannelsLast;
        }

        TrainingLog.Note(options.Logger ?? NullLogger.Instance, "oneDNN is off, so convolutions keep the plain memory layout.");
        return false;
    }

    private TrainingHistory TrainOnPictures(
        Dataset dataset,
        ISampleTransform transform,
        LoaderOptions reading,
        Optimizer optimizer,
        FineTuneOptions options,
        IProgress<TrainingProgress>? progress,
        CancellationToken cancellationToken)
    {
        BatchLoader loader = new(dataset, transform, reading);
        using ChannelsLast? layout = UsesChannelsLast(options) ? new ChannelsLast(Module) : null;
        ClassificationStep step = new(
            Device,
            images =>
            {
                using Tensor? laid = layout is null ? null : ChannelsLast.Of(images);
                return Module.ForwardTraining(laid ?? images);
            },
            options.Loss,
            Module.AuxiliaryWeight);
        TrainingTask task = new(
            Module, Groups(), step.Compute, FreezesStatistics, options.Validation is null ? null : token => Judge(options.Validation, options, token));
        using Trainer trainer = new(task, new LoaderBatches(loader), optimizer, options, progress);
        return trainer.Run(cancellationToken);
    }

    private TrainingHistory TrainOnFeatures(
        Dataset dataset,
        ISampleTransform transform,
        LoaderOptions reading,
        Optimizer optimizer,
        FineTuneOptions options,
        IProgress<TrainingProgress>? progress,
        CancellationToken cancellationToken)
    {
        TrainingLog.Caching(options.Logger ?? NullLogger.Instance, dataset.Count);
        Stopwatch clock = Stopwatch.StartNew();
        LoaderOptions inOrder = reading with { Shuffle = false };
        (Tensor Features, Tensor Labels)? own = null;
        (Tensor Features, Tensor Labels)? validation = null;
        try
        {
            BatchLoader loader = new(dataset, transform, inOrder);
            own = FeatureExtraction.Run(Module, Device.ToTorch(), loader, cancellationToken);
            if (options.Validation is not null)
            {
                BatchLoader judged = new(options.Validation, ImagePipeline.ForEvaluation(Preprocess), inOrder);
                validation = FeatureExtraction.Run(Module, Device.ToTorch(), judged, cancellationToken);
            }

            FeatureBatches batches = new(own.Value.Features, own.Value.Labels, options.BatchSize, shuffle: true, options.Seed, loader.Skipped.Count);
            ClassificationStep step = new(Device, features => (Module.Head.call(features), []), options.Loss);
            TrainingTask task = new(
                Module, Groups(), step.Compute, FreezesStatistics, validation is { } judge ? _ => Judge(judge.Features, judge.Labels, options.BatchSize) : null);
            using Trainer trainer = new(task, batches, optimizer, options, progress);
            TrainingHistory history = trainer.Run(cancellationToken);
            return history with { Seconds = clock.Elapsed.TotalSeconds };
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return new TrainingHistory([], StopReason.Cancelled, 0, TrainableParameters, 0, clock.Elapsed.TotalSeconds);
        }
        finally
        {
            foreach ((Tensor features, Tensor labels) in new[] { own, validation }.OfType<(Tensor, Tensor)>())
            {
                features.Dispose();
                labels.Dispose();
            }
        }
    }

    /// <summary>What is trained, by stage, each with its factor on the learning rate.</summary>
    private List<ParameterGroup> Groups()
    {
        List<NetworkStage> stages = [.. Module.Stages];
        List<ParameterGroup> groups = [];
        List<(string Name, TorchSharp.Modules.Parameter Parameter)> trained =
            [.. Module.named_parameters().Where(entry => entry.parameter.requires_grad).Select(entry => (entry.name, entry.parameter))];
        foreach (IGrouping<int, (string Name, TorchSharp.Modules.Parameter Parameter)> part in trained.GroupBy(entry => stages.FindIndex(stage => stage.Holds(entry.Name))))
        {
            int depth = part.Key < 0 ? 0 : stages.Count - part.Key;
            groups.Add(new ParameterGroup(
                part.Key < 0 ? Module.HeadName : stages[part.Key].Name,
                [.. part.Select(entry => (entry.Name, (Tensor)entry.Parameter))],
                Math.Pow(_layerDecay ?? 1, depth)));
        }

        return groups;
    }

    private (double Loss, double Accuracy) Judge(Dataset dataset, FineTuneOptions options, CancellationToken cancellationToken)
    {
        EvaluationResult result = Evaluate(
            dataset, new EvaluateOptions { BatchSize = options.BatchSize, OnBadSample = options.OnBadSample, Workers = options.Workers }, null, cancellationToken);
        return (result.Loss, result.Accuracy);
    }

    private (double Loss, double Accuracy) Judge(Tensor features, Tensor labels, int batchSize)
    {
        using IDisposable guard = no_grad();
        double loss = 0;
        long right = 0;
        foreach (Batch batch in new FeatureBatches(features, labels, batchSize, shuffle: false, 0).Epoch(0))
        {
            using (batch)
            using (DisposeScope scope = NewDisposeScope())
            {
                Tensor logits = Module.Head.call(batch.Inputs);
                loss += nn.functional.cross_entropy(logits, batch.Labels, reduction: nn.Reduction.Sum).item<float>();
                right += logits.argmax(1).eq(batch.Labels).sum().item<long>();
            }
        }

        return (loss / labels.size(0), (double)right / labels.size(0));
    }
}
