using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning;

public sealed partial class TransferModel
{
    /// <summary>Trains what is not frozen on a data set by mini-batch gradient descent.</summary>
    /// <param name="dataset">The training samples; their class names become the model's.</param>
    /// <param name="optimizer">The rule: <see cref="Sgd"/>, <see cref="Adam"/>, <see cref="AdamW"/>, …</param>
    /// <param name="options">Epochs, batch size, seed, validation and more; null means the defaults.</param>
    /// <param name="resume">
    /// A folder: the running state is written there as <see cref="FineTuneOptions.Checkpoints"/> says (every ten minutes by default), and a run
    /// that left its state there goes on, bit for bit as if it had not been interrupted on the processor. Call it with the model as it was at the start of the run.
    /// </param>
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
        string? resume = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        options = Checked(dataset, optimizer, options, resume);
        return Train(dataset, optimizer, options, progress, cancellationToken);
    }

    /// <inheritdoc cref="FineTune"/>
    public Task<TrainingHistory> FineTuneAsync(
        Dataset dataset,
        Optimizer optimizer,
        FineTuneOptions? options = null,
        string? resume = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        FineTuneOptions chosen = Checked(dataset, optimizer, options, resume);
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
        string? resume = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
        => FreezeBackbone().FineTune(dataset, optimizer, options, resume, progress, cancellationToken);

    private FineTuneOptions Checked(Dataset dataset, Optimizer optimizer, FineTuneOptions? options, string? resume)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(optimizer);
        return (options ?? new FineTuneOptions()).Resuming(resume).CheckedFor(dataset, ThrowIfClassesDiffer, TrainableParameters);
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
        ISampleTransform transform = options.Transform ?? DefaultTransform;
        LoaderOptions reading = Reading(options);
        ClassNames = dataset.ClassNames;
        TrainingHistory history = (headOnly ? TrainOnFeatures(dataset, transform, reading, optimizer, options, progress, cancellationToken) : null)
            ?? TrainOnPictures(dataset, transform, reading, optimizer, options, progress, cancellationToken);
        LibTorch.TrimMemory();
        return history;
    }

    private ImagePipeline DefaultTransform => BackboneIsFrozen ? ImagePipeline.ForEvaluation(Preprocess) : ImagePipeline.ForTraining(Preprocess);

    private static LoaderOptions Reading(FineTuneOptions options) => new()
    {
        BatchSize = options.BatchSize,
        Shuffle = true,
        Seed = options.Seed,
        OnBadSample = options.OnBadSample,
        Workers = options.Workers ?? new LoaderOptions().Workers,
    };

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
        TrainingTask task = TaskOnPictures(dataset, transform, options, layout);
        using Trainer trainer = new(task, new LoaderBatches(loader), optimizer, options, progress);
        return trainer.Run(cancellationToken);
    }

    private TrainingTask TaskOnPictures(Dataset dataset, ISampleTransform transform, FineTuneOptions options, ChannelsLast? layout)
    {
        ClassificationStep step = new(
            Device,
            images =>
            {
                using Tensor? laid = layout is null ? null : ChannelsLast.Of(images);
                return Module.ForwardTraining(laid ?? images);
            },
            options.Loss,
            Module.AuxiliaryWeight);
        return new TrainingTask(
            Module, Groups, step.Compute, FreezesStatistics, options.Validation is null ? null : token => Judge(options.Validation, options, token))
        {
            Identity = Identity(dataset, transform, options),
        };
    }

    /// <summary>What a run that goes on from a checkpoint must have in common with it.</summary>
    private Dictionary<string, string> Identity(Dataset dataset, ISampleTransform transform, FineTuneOptions options)
        => options.Checkpoints is null
            ? []
            : new()
            {
                ["architecture"] = $"{Architecture} for {Classes} classes, batch norms {(FreezesStatistics ? "frozen with their layers" : "learning everywhere")}",
                ["training samples"] = dataset.Fingerprint,
                ["validation samples"] = options.Validation?.Fingerprint ?? "none",
                ["preprocessing"] = $"{transform.Fingerprint}, judged with {RunIdentity.Describe(Preprocess)}",
            };

    private List<ParameterGroup> Groups => StageGroups.Of(Module, Module.Stages, "head", _layerDecay);

    private (double Loss, double Accuracy) Judge(Dataset dataset, FineTuneOptions options, CancellationToken cancellationToken)
    {
        EvaluationResult result = Evaluate(
            dataset, new EvaluateOptions { BatchSize = options.BatchSize, OnBadSample = options.OnBadSample, Workers = options.Workers }, null, cancellationToken);
        return (result.Loss, result.Accuracy);
    }
}
