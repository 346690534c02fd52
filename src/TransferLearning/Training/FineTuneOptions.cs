namespace TransferLearning;

/// <summary>How to train. Every value has a default, so <c>new FineTuneOptions { Epochs = 5 }</c> is enough.</summary>
public sealed record FineTuneOptions
{
    /// <summary>How often every sample is seen. Default: 10.</summary>
    public int Epochs { get; init; } = 10;

    /// <summary>How many samples make one step. Default: 32.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Which samples an epoch has, where that is not each of them once: <see cref="WeightedSampler"/>, <see
    /// cref="ClassBalancedSampler"/>, <see cref="RepeatFactorSampler"/>. Default: null, each once.</summary>
    public Sampler? Sampler { get; init; }

    /// <summary>What fixes every draw of the run: order, augmentation, dropout. Default: 0.</summary>
    public long Seed { get; init; }

    /// <summary>Samples on which each epoch is evaluated; the best epoch's weights are kept. Default: none, and the last epoch's are
    /// kept.</summary>
    public Dataset? Validation { get; init; }

    /// <summary>How the learning rate moves. Default: not at all.</summary>
    public LearningRateSchedule Schedule { get; init; } = new ConstantSchedule();

    /// <summary>Which weights move when: <see cref="LpFtRecipe"/>, <see cref="FastAiRecipe"/>, <see cref="GradualUnfreezingRecipe"/> and
    /// others, whose phases follow one another. A recipe with a schedule or rates of its own does not go together with
    /// <see cref="Schedule"/> and <see cref="StageRates"/>. Default: null, all that is not frozen is trained from the first step.</summary>
    public Recipe? Recipe { get; init; }

    /// <summary>Factors on the learning rate by stage of the network, in place of <c>WithLayerDecay</c>. Default: null.</summary>
    public StageRates? StageRates { get; init; }

    /// <summary>Whether the first stage stays as it is during this call where it cuts images into patches (ViT, Swin, ConvNeXt): its
    /// gradients are far larger than those of the rest, and SGD, which does not scale them, then loses accuracy on other distributions
    /// (Kumar, Shen, Bubeck and Gunasekar, "How to Fine-Tune Vision Models with SGD", 2022). Default: null, which means yes for
    /// <see cref="Sgd"/> on weights that were loaded, and the log says so.</summary>
    public bool? FreezePatchEmbedding { get; init; }

    /// <summary>The loss that is minimised in place of the task's own. Default: null, the task's own: cross entropy for classes.</summary>
    public LossFunction? Loss { get; init; }

    /// <summary>What joins the run besides its loss: penalties, mixed batches, a second data set; the first is the outermost. Default:
    /// nothing.</summary>
    public IReadOnlyList<TrainingMethod> Methods { get; init; } = [];

    /// <summary>How gradients are kept from growing too large. Default: not at all.</summary>
    public GradientClipping? Clipping { get; init; }

    /// <summary>How many batches make one optimiser step. The gradient is that of one batch as large as all of them, but memory is needed
    /// for one only; batch norms still see one at a time. The last step of an epoch takes what is left. Default: 1.</summary>
    public int AccumulationSteps { get; init; } = 1;

    /// <summary>In which number type the network may multiply while it trains; weights, optimiser and loss stay float32, and validation
    /// runs in float32. <see cref="Precision.BFloat16"/> is allowed and not forced: before the first run with a network, batch size and
    /// number of threads a few steps with and without it are timed, unless the network is too small for the clock, and float32 is used
    /// where it is faster; it is remembered, the log says it, and a run that resumes keeps what it was begun with. Of a frozen backbone
    /// the features are computed in the fastest form that this allows, for validation too; the head trains in float32. Default:
    /// <see cref="Precision.Float32"/>.</summary>
    public Precision Precision { get; init; }

    /// <summary>Whether the network's blocks are computed again in the backward pass instead of being remembered, which takes about a third
    /// more time and far less memory; the gradients stay the same. A network that is not made of blocks is trained as usual, and the log
    /// says so. Default: false.</summary>
    public bool GradientCheckpointing { get; init; }

    /// <summary>Whether weight decay leaves out biases and the weights of norms: every parameter of fewer than two axes. Default: null,
    /// which means no for images, as in PyTorch, and yes for texts, as in the papers.</summary>
    public bool? NoDecayOnBiasAndNorm { get; init; }

    /// <summary>Whether a mean of the weights of several steps is evaluated and kept instead of the weights, and which. Default: null,
    /// no.</summary>
    public WeightAveraging? Average { get; init; }

    /// <summary>After how many optimiser steps the validation set is looked at, besides the end of each epoch. Default: null,
    /// never.</summary>
    public int? EvaluateEvery { get; init; }

    /// <summary>After how many evaluations without a better one training stops; one evaluation is an epoch, unless <see
    /// cref="EvaluateEvery"/> is set. Default: never.</summary>
    public int? Patience { get; init; }

    /// <summary>Whether the model has the weights of the best evaluation in the end, if there was one, and not those of the last step.
    /// Default: true.</summary>
    public bool RestoreBestWeights { get; init; } = true;

    /// <summary>Where and how often the running state is written, to resume from after an interruption. Default: null, nowhere.</summary>
    public CheckpointPolicy? Checkpoints { get; init; }

    /// <summary>What receives every step, evaluation and checkpoint, on the training thread. Default: nobody.</summary>
    public IReadOnlyList<IProgress<TrainingEvent>> Observers { get; init; } = [];

    /// <summary>How long the whole run may take, loading, features and evaluations included. A few steps are measured and put back, and the
    /// run is planned by them: how many epochs, or how much of one, and whether what is frozen is computed once; schedules end with the
    /// last planned step. It ends in time with the best weights so far; <see cref="TrainingHistory.Plan"/> says what was chosen and why.
    /// A run that resumes keeps its plan, and the time it took counts. Default: null, no limit.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>How many bytes of memory the process may take in a step, on the CPU. A few steps are measured and put back; where the
    /// batch does not fit, it is divided, with more <see cref="AccumulationSteps"/>, or blocks are computed again as with <see
    /// cref="GradientCheckpointing"/>, and features are kept as far as there is room. Default: null, no limit.</summary>
    public long? MaxMemory { get; init; }

    /// <summary>How training images are prepared. Default: with random crops and mirroring (<see cref="ImagePipeline.ForTraining"/>),
    /// except when nothing but the head is trained: then as in evaluation, so that the backbone's features are computed once and not in
    /// every epoch.</summary>
    /// <remarks><see cref="Validation"/> samples go through its <see cref="Preprocessor.EvaluationForm"/>; where it has none, through the
    /// model's own preprocessing, whose shape must then be the same.</remarks>
    public Preprocessor? Preprocessor { get; init; }

    /// <summary>What decodes image files. It comes before the codec of a <see cref="Preprocessor"/> and of the model. Default: null,
    /// theirs. Refused for what is no image.</summary>
    public IImageCodec? Codec { get; init; }

    /// <summary>Steps that follow the random crop and the mirroring of training images: <c>[new RandAugment()]</c>,
    /// <c>[new TrivialAugmentWide(), new RandomErasing(0.1)]</c>. Of a frozen backbone the features are computed in every epoch then,
    /// unless <see cref="CachedViews"/> is set. Default: none. Refused for what is no image, and together with
    /// <see cref="Preprocessor"/>.</summary>
    public IReadOnlyList<ImageTransform> Augmentation { get; init; } = [];

    /// <summary>Where what the frozen part of the network gives is looked up and kept, in memory across runs or in files across programs:
    /// the features of a frozen backbone, or what enters the first stage that is trained (<c>UnfreezeFrom</c>). The caller owns it.
    /// Default: in memory for this run alone, features as float32 and what enters a stage as float16, as far as a quarter of the memory
    /// holds it.</summary>
    /// <remarks>What cannot be kept, because samples are drawn anew in every epoch or are too many, is computed again in every epoch,
    /// without gradients and in the fastest form there is.</remarks>
    public FeatureCache? FeatureCache { get; init; }

    /// <summary>How many augmented views of each image are kept while <see cref="Preprocessor"/> draws and the network begins with a frozen
    /// part: epoch e uses view e modulo this number, and view k is what epoch k would have drawn. Default: 0, the frozen part runs in every
    /// epoch.</summary>
    public int CachedViews { get; init; }

    /// <summary>How many threads prepare images; 0 prepares them between steps. Default: one for each core, at most 8.</summary>
    public int? Workers { get; init; }

    /// <summary>What a damaged image does. Default: it ends the run with an error that names it.</summary>
    public BadSampleHandling OnBadSample { get; init; } = BadSampleHandling.Throw;

    /// <summary>Whether convolutions work with the channels last in memory, which is faster on most processors. The numbers then differ
    /// from the plain layout's by rounding. Null means whichever is faster here: a few steps of each are timed before the first run with a
    /// network, batch size and number of threads, then it is remembered; a run that resumes keeps the layout in which it was begun, and the
    /// log says what was chosen and why. Default: false, with which one seed gives the same numbers in every process and on every machine
    /// of a kind. Where oneDNN cannot be trusted (see <see cref="OneDnnMode"/>) the plain layout is used and the log says so.</summary>
    public bool? ChannelsLast { get; init; } = false;

    /// <summary>
    /// The processes that train together, each with a part of the batches: the package <c>TransferLearning.Mpi</c> has one over MPI. N
    /// processes with <see cref="AccumulationSteps"/> a learn what one learns with a·N: of each step, process r takes the batches whose
    /// number modulo N is r. Every process makes the same call with the same model; process 0 logs, reports and writes checkpoints, and all
    /// have the same weights and the same history in the end. Default: null, this process alone.
    /// </summary>
    public ICollective? Communicator { get; init; }

    /// <summary>How the processes of <see cref="Communicator"/> exchange what they learn. Default: gradients in float32, in every
    /// step.</summary>
    public DistributedOptions? Distributed { get; init; }

    /// <summary>After how many batches progress is reported. Default: 100.</summary>
    public int ReportEvery { get; init; } = 100;

    /// <summary>Where the run is logged. Default: nowhere.</summary>
    public ILogger? Logger { get; init; }

    /// <summary>Whether nothing asks for samples that are drawn anew in every epoch.</summary>
    internal bool NeedsNoDraws => CachedViews == 0 && Augmentation.Count == 0;

    /// <summary>The checkpoint of PyTorch that the run resumes from; null for none.</summary>
    internal PyTorchCheckpoint? Start { get; init; }

    /// <summary>What time and memory are measured with.</summary>
    internal BudgetInstruments Instruments { get; init; } = BudgetInstruments.OfSystem;

    /// <summary>What the run keeps to, once it is planned.</summary>
    internal RunBudget? Budget { get; init; }

    /// <summary>The defaults for texts and sounds: three epochs, a rate that rises over the first tenth and then falls linearly to 0,
    /// gradients clipped to the norm 1.</summary>
    /// <param name="samples">The number of training samples.</param>
    internal static FineTuneOptions ForSequences(int samples)
    {
        const int Epochs = 3;
        const double Warmup = 0.1;
        FineTuneOptions plain = new() { Epochs = Epochs, Clipping = new ClipByNorm(1) };
        int steps = Epochs * ((samples + plain.BatchSize - 1) / plain.BatchSize);
        return plain with { Schedule = new WarmupSchedule(new PolynomialSchedule(), (int)(steps * Warmup)) };
    }

    /// <summary>Where in a recipe this run is; null for one of its own.</summary>
    internal RunPhase? Phase { get; init; }

    /// <summary>These options for one phase of several, of which one may use what the others cannot.</summary>
    /// <param name="frozen">What of the network gives the same for a sample in every epoch of it; null for nothing.</param>
    /// <param name="preprocessor">How samples will be preprocessed.</param>
    internal FineTuneOptions Within(FrozenPart? frozen, Preprocessor preprocessor)
    {
        bool keeps = frozen is not null && (preprocessor.IsDeterministic
            || (CachedViews > 0 && (frozen.Stage is null || preprocessor is not PaddedPreprocessor)));
        return Phase is not { IsOneOfSeveral: true }
            ? this
            : this with
            {
                FeatureCache = keeps ? FeatureCache : null,
                CachedViews = keeps && !preprocessor.IsDeterministic ? CachedViews : 0,
                Precision = Precision == Precision.Int8 && frozen is null ? Precision.Float32 : Precision,
            };
    }

    /// <summary>These options, for a run that resumes from a folder if there is something in it.</summary>
    internal FineTuneOptions Resuming(string? folder)
        => folder is null
            ? this
            : this with
            {
                Checkpoints = new CheckpointPolicy(folder)
                {
                    EverySteps = Checkpoints?.EverySteps,
                    Every = Checkpoints is null ? TimeSpan.FromMinutes(10) : Checkpoints.Every,
                    Resume = true,
                },
            };

    /// <summary>These options, for a run that resumes from a checkpoint of PyTorch, or from what it wrote itself since then.</summary>
    internal FineTuneOptions GoingOnFrom(PyTorchCheckpoint start)
        => this with { Start = start, Checkpoints = Checkpoints is { } policy ? policy with { Resume = true } : null };

    /// <summary>These options in a process that is not the first: it logs and reports nothing.</summary>
    internal FineTuneOptions OfThisProcess() => Communicator is { Rank: > 0 } ? this with { Logger = null, Observers = [] } : this;

    /// <summary>Checks the options together with what they will be used on: an option is used or refused, never ignored.</summary>
    /// <param name="dataset">The samples to train on.</param>
    /// <param name="task">What is learned.</param>
    /// <param name="network">The network.</param>
    /// <param name="frozen">What of the network gives the same for a sample in every epoch; null for nothing.</param>
    /// <param name="preprocessor">How samples will be preprocessed.</param>
    /// <exception cref="ArgumentException">A value, or the data set, cannot be used.</exception>
    internal void CheckFor(Dataset dataset, LearningTask task, Network network, FrozenPart? frozen, Preprocessor preprocessor)
    {
        Validate();
        task.Check(dataset);
        (Loss is null ? task : task with { Loss = Loss }).CheckLoss();
        if (Validation is not null)
        {
            task.Check(Validation);
            if (Validation.Count == 0)
            {
                throw new ArgumentException(
                    $"The {nameof(Validation)} set has no samples: leave it out, or divide the data with Dataset.Split.");
            }
        }

        if (dataset.Count == 0)
        {
            throw new ArgumentException("The data set has no samples.", nameof(dataset));
        }

        if (!network.parameters().Any(parameter => parameter.requires_grad))
        {
            throw new ArgumentException(
                "Every parameter is frozen, so there is nothing to train: call Unfreeze(), UnfreezeFrom(stage) or ReplaceHead(…).");
        }

        if (ChannelsLast == true && !network.parameters().Any(parameter => parameter.dim() == 4))
        {
            throw new ArgumentException(
                $"{network.GetName()} has no convolutions, so {nameof(ChannelsLast)} has no meaning for it: leave it out.");
        }

        if (Precision == Precision.Int8 && frozen is null)
        {
            throw new ArgumentException(
                $"{nameof(Precision)}.{nameof(Precision.Int8)} is for what is frozen, and here everything is trained: call "
                    + "FreezeBackbone() or UnfreezeFrom(stage), or choose another.");
        }

        if ((FeatureCache is not null || CachedViews > 0)
            && Methods.FirstOrDefault(method => method.Input >= MethodInput.Samples) is { } method)
        {
            throw new ArgumentException(
                $"{(CachedViews > 0 ? nameof(CachedViews) : nameof(FeatureCache))} keeps what a frozen backbone gives, and "
                    + $"{method.GetType().Name} needs the samples: leave one of them out.");
        }

        if (FeatureCache is not null && frozen is null)
        {
            throw new ArgumentException(
                $"{nameof(FeatureCache)} keeps what a frozen backbone gives, and here nothing that could be kept is frozen: call "
                    + "FreezeBackbone() or UnfreezeFrom(stage), or leave it out.");
        }

        if (FeatureCache is not null && CachedViews == 0 && !preprocessor.IsDeterministic)
        {
            throw new ArgumentException(
                $"{nameof(FeatureCache)} keeps what frozen parts give, and here every epoch draws samples anew: set {nameof(CachedViews)}, "
                    + $"or a {nameof(Preprocessor)} without draws, such as ImagePreprocessor.ForEvaluation, or leave it out.");
        }

        if (CachedViews > 0 && frozen is { Stage: not null } && preprocessor is PaddedPreprocessor)
        {
            throw new ArgumentException(
                $"{nameof(CachedViews)} of samples that differ in length can be kept for a head alone: call FreezeBackbone(), or leave it "
                    + "out.");
        }

        if (CachedViews > 0 && (frozen is null || preprocessor.IsDeterministic))
        {
            throw new ArgumentException(
                $"{nameof(CachedViews)} keeps augmented views for a frozen backbone; "
                + (
                    frozen is not null ? "here samples are preprocessed without draws, so all views would be alike: leave it out."
                        : "here nothing that could be kept is frozen: call FreezeBackbone() or UnfreezeFrom(stage), or leave it out."));
        }
    }

    /// <summary>How validation samples are preprocessed.</summary>
    /// <param name="own">The model's own preprocessing for evaluation.</param>
    /// <exception cref="ArgumentException">They would have another shape than training samples.</exception>
    internal Preprocessor ForValidation(Preprocessor own)
        => Preprocessor is null ? own : Preprocessor.EvaluationForm
            ?? (Validation is not null && Preprocessor is StackedPreprocessor training && own is StackedPreprocessor evaluation
                    && !training.Shape.SequenceEqual(evaluation.Shape)
                ? throw new ArgumentException(
                    $"{nameof(Preprocessor)} samples randomly and makes [{string.Join(", ", training.Shape)}], and the model's own makes "
                        + $"[{string.Join(", ", evaluation.Shape)}], so {nameof(Validation)} would see other inputs than training. Make it "
                        + "with ImagePipeline.ForTraining, which knows its form for evaluation, or override Preprocessor.EvaluationForm.")
                : own);

    /// <summary>Checks every value; the message names the option.</summary>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Epochs);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(BatchSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ReportEvery);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Patience ?? 1, nameof(Patience));
        ArgumentOutOfRangeException.ThrowIfNegative(Workers ?? 0, nameof(Workers));
        ArgumentOutOfRangeException.ThrowIfNegative(CachedViews);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(AccumulationSteps);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(EvaluateEvery ?? 1, nameof(EvaluateEvery));
        ArgumentNullException.ThrowIfNull(Observers);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(TimeLimit ?? TimeSpan.MaxValue, TimeSpan.Zero, nameof(TimeLimit));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MaxMemory ?? 1, nameof(MaxMemory));
        if (Communicator is { Size: > 1 } && (TimeLimit is not null || MaxMemory is not null))
        {
            throw new ArgumentException(
                $"{nameof(TimeLimit)} and {nameof(MaxMemory)} plan a run by the steps of one process: leave them or {nameof(Communicator)} "
                    + "out.");
        }

        ArgumentNullException.ThrowIfNull(Methods);
        if (Methods.Any(method => method is null))
        {
            throw new ArgumentException($"{nameof(Methods)} holds a null.");
        }

        ArgumentNullException.ThrowIfNull(Augmentation);
        if (Augmentation.Count > 0 && Preprocessor is not null)
        {
            throw new ArgumentException(
                $"{nameof(Augmentation)} follows the model's own preparation of training images, and {nameof(Preprocessor)} takes its "
                    + "place: put the steps into the preprocessor, or leave it out.");
        }

        if (Communicator is { Size: > 1 } && Methods.FirstOrDefault(method => !method.ServesProcesses) is { } lone)
        {
            throw new ArgumentException(
                $"{lone.GetType().Name} cannot be used where several processes train together: leave {nameof(Communicator)} or the method "
                    + "out.");
        }

        if (Distributed is not null && Communicator is null)
        {
            throw new ArgumentException(
                $"{nameof(Distributed)} says how processes exchange what they learn, and there is only this one: set "
                    + $"{nameof(Communicator)}, or leave it out.");
        }

        if (Distributed is { SynchronizedBatchNorm: true } && (GradientCheckpointing || OnBadSample == BadSampleHandling.Skip))
        {
            throw new ArgumentException(
                $"{nameof(DistributedOptions.SynchronizedBatchNorm)} needs every process in every batch, once: leave "
                    + $"{nameof(GradientCheckpointing)} out, and let {nameof(OnBadSample)} throw.");
        }

        if (Distributed is { GradientPrecision: Precision.Int8 })
        {
            throw new ArgumentException($"{nameof(DistributedOptions.GradientPrecision)} is float32 or bfloat16.");
        }

        Average?.Check(this);
        if (Distributed is { AverageEvery: > 1 } local
            && (Average is not null || local.GradientPrecision == Precision.BFloat16 || local.SynchronizedBatchNorm))
        {
            throw new ArgumentException(
                $"With {nameof(DistributedOptions.AverageEvery)} above 1 the weights are averaged, which has no meaning together with "
                    + $"{nameof(Average)}, {nameof(DistributedOptions.GradientPrecision)} or "
                    + $"{nameof(DistributedOptions.SynchronizedBatchNorm)}: leave one of them out.");
        }

        ArgumentNullException.ThrowIfNull(Schedule);
        if (EvaluateEvery is not null && Validation is null)
        {
            throw new ArgumentException(
                "EvaluateEvery needs a Validation set: set FineTuneOptions.Validation, for example from Dataset.Split.",
                nameof(EvaluateEvery));
        }

        if (Patience is not null && Validation is null)
        {
            throw new ArgumentException(
                "Patience needs a Validation set to compare by: set FineTuneOptions.Validation, for example from Dataset.Split.",
                nameof(Patience));
        }
    }
}
