using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;

namespace TransferLearning;

/// <summary>
/// A model: a preprocessor, a network and a task, with all that belongs to them: weights, the names of the classes, and what of it is
/// frozen. The verbs of the sentence, such as <see cref="TransferModelExtensions.ReplaceHead{T}(T, int, HeadInitialization, long)"/>,
/// change the model and return it under its own type.
/// </summary>
/// <remarks>
/// The model owns its native memory: dispose it. It is not safe to train or change it from several threads; predicting from several threads
/// at once is safe while nothing changes it, and so is disposing it meanwhile: calls under way end, later ones throw, and the memory goes
/// with the last.
/// </remarks>
public abstract class TransferModel : IDisposable
{
    private protected TransferModel(Network network, LearningTask task)
    {
        (Device, Tasks, Adaptation, Uses) = (
            Device.Cpu, new AdapterTasks(network.Adapters, task), new NetworkAdaptation(network), new ModelUse(this, network));
        network.eval();
    }

    /// <summary>The architecture's name: <c>resnet18</c>, <c>BERT</c>.</summary>
    public abstract string Architecture { get; }

    /// <summary>The network itself, a TorchSharp module: the way out to everything TorchSharp can do. The model owns it.</summary>
    public abstract Network Module { get; }

    /// <summary>How samples are preprocessed for evaluation and prediction.</summary>
    public abstract Preprocessor Preprocessor { get; }

    /// <summary>What the model is for; an adapter with a head of its own has a task of its own.</summary>
    public LearningTask LearningTask { get => Tasks.Current; internal set => Tasks.Current = value; }

    /// <summary>The number of classes; 0 for a task without.</summary>
    public int Classes => (LearningTask as ClassTask)?.ClassCount ?? 0;

    /// <summary>The names of the classes: what the weights say, or those of the data set first trained on; numbers before that, and none
    /// for a task without.</summary>
    public IReadOnlyList<string> ClassNames => (LearningTask as ClassTask)?.ClassNames ?? [];

    /// <summary>Where the network is.</summary>
    public Device Device { get; private set; }

    /// <summary>What loading its weights found; null for a network that was not loaded.</summary>
    public WeightLoadReport? LoadReport { get; internal set; }

    /// <summary>The number of parameters that training would change now.</summary>
    public long TrainableParameters => Module.parameters().Where(parameter => parameter.requires_grad).Sum(parameter => parameter.numel());

    /// <summary>Whether frozen batch norms keep their statistics in training.</summary>
    public bool FreezesStatistics => Adaptation.FreezesStatistics;

    /// <summary>Whether nothing but the head is trained, so that what the backbone gives for a sample never changes.</summary>
    public bool BackboneIsFrozen => Parts().Frozen is { Stage: null };

    /// <summary>Whether the network has LoRA weights.</summary>
    public bool HasLora => Adaptation.Adapters.All.Any(adapter => adapter.Options is LoraOptions);

    /// <summary>Whether the head was initialized anew because the weights came without one, and has not been trained since: predictions
    /// would be random.</summary>
    public bool HasUntrainedHead { get; internal set; }

    /// <summary>What makes the network what it is besides its weights, without its head.</summary>
    private protected abstract string Identity { get; }

    /// <summary>How samples are preprocessed for training where the caller says no more than these steps.</summary>
    internal abstract Preprocessor ForTraining(IReadOnlyList<ImageTransform> augmentation);

    /// <summary>The parts that <c>FreezeBackbone</c> leaves trainable where no part is new.</summary>
    private protected virtual IReadOnlyList<string> TrainedHead => [Module.FinalLayerName];

    /// <summary>Whether weight decay leaves out biases and norms where the caller does not say it.</summary>
    internal virtual bool DecaysWeightsOnly => false;

    /// <summary>What is new, or the head.</summary>
    internal NetworkStage Head => Adaptation.HeadOf(TrainedHead);

    /// <summary>What was changed of the network.</summary>
    internal NetworkAdaptation Adaptation { get; }

    /// <summary>What the model and its adapters are for.</summary>
    internal AdapterTasks Tasks { get; }

    /// <summary>Makes an image model with fresh weights: what a pretrained one is compared with.</summary>
    /// <inheritdoc cref="ImageModel.Create(string, int, long, NetworkOptions?)"/>
    public static ImageModel Create(string architecture, int classes, long seed = 0, NetworkOptions? options = null)
        => ImageModel.Create(architecture, classes, seed, options);

    /// <inheritdoc cref="ImageModel.Wrap(nn.Module{Tensor, Tensor}, string, ImagePreprocess?)"/>
    public static ImageModel Wrap(nn.Module<Tensor, Tensor> module, string head, ImagePreprocess? preprocess = null)
        => ImageModel.Wrap(module, head, preprocess);

    /// <summary>Loads a model that <see cref="Save"/> wrote: a file for images, a folder for texts and sounds.</summary>
    /// <param name="path">The file or folder. It is read as data; nothing in it can run.</param>
    /// <param name="mapFile">Whether the network looks into the file of weights instead of copying it:
    /// <see cref="CheckpointOptions.MapFile"/>.</param>
    /// <returns>The model; the caller disposes it.</returns>
    /// <exception cref="CheckpointException">The file is damaged or no checkpoint.</exception>
    /// <exception cref="InvalidDataException">It is no saved model, or the files do not belong together.</exception>
    public static TransferModel Load(string path, bool mapFile = false)
        => Directory.Exists(path) ? ConfigModel.Load(path, mapFile) : ImageModel.Load(path, mapFile);

    /// <summary>Writes the whole model: weights, head, task, class names, preprocessing, what is frozen. What stood there before is
    /// replaced only by what is complete.</summary>
    /// <param name="path">The file, or the folder for texts and sounds.</param>
    /// <exception cref="IOException">It could not be written; an older one of that name is untouched.</exception>
    /// <exception cref="InvalidOperationException">A weight is NaN or infinite; the message names it.</exception>
    public abstract void Save(string path);

    /// <summary>Trains what is not frozen on a data set by mini-batch gradient descent.</summary>
    /// <param name="dataset">The training samples. A head without names takes the set's class names; a head that has names is matched by
    /// them.</param>
    /// <param name="optimizer">The optimizer: <see cref="Sgd"/>, <see cref="Adam"/>, <see cref="AdamW"/>, …</param>
    /// <param name="options">Epochs, batch size, seed, validation and more; null means the defaults. For texts and sounds those are three
    /// epochs, a learning rate that rises over the first tenth and then falls linearly to 0, and gradients clipped to the norm 1.</param>
    /// <param name="resume">A folder: the running state is written there as <see cref="FineTuneOptions.Checkpoints"/> says (every ten
    /// minutes by default), and a run that left its state there resumes, bit for bit as if it had not been interrupted on the CPU. Call it
    /// with the model as it was at the start of the run. Or a file: a checkpoint that Python's <c>torch.save</c> wrote, with <c>model</c>,
    /// <c>optimizer</c> and <c>epoch</c>; its weights are taken and the run continues after its epochs.</param>
    /// <param name="progress">Receives reports every <see cref="FineTuneOptions.ReportEvery"/> batches and after each epoch.</param>
    /// <param name="cancellationToken">Ends training within one batch; the model keeps the best weights so far.</param>
    /// <returns>What each epoch gave.</returns>
    /// <exception cref="ArgumentException">The head does not fit the data set, nothing is trainable, or an option is wrong.</exception>
    /// <exception cref="SampleLoadException">A sample could not be read; the message names it.</exception>
    /// <exception cref="TrainingException">The loss is NaN or infinite; the message names epoch and batch.</exception>
    public TrainingHistory FineTune(
        Dataset dataset, Optimizer optimizer, FineTuneOptions? options = null, string? resume = null,
        IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using IDisposable use = Use();
        ArgumentNullException.ThrowIfNull(dataset);
        using RecipeRun run = new(this, dataset, optimizer, options ?? DefaultOptions(dataset.Count), resume);
        TrainingHistory history = run.Train(progress, cancellationToken);
        HasUntrainedHead = HasUntrainedHead && history.Steps == 0;
        return history;
    }

    /// <summary>
    /// Trains nothing but the head: freezes the backbone, computes its features once, and trains the head on them. The quickest way to see
    /// what a pretrained network is worth on a data set.
    /// </summary>
    /// <inheritdoc cref="FineTune"/>
    public TrainingHistory Probe(
        Dataset dataset, Optimizer optimizer, FineTuneOptions? options = null, string? resume = null,
        IProgress<TrainingProgress>? progress = null, CancellationToken cancellationToken = default)
        => this.FreezeBackbone().FineTune(dataset, optimizer, options, resume, progress, cancellationToken);

    /// <summary>
    /// Fits the last layer to the backbone's features in one go: freezes the backbone, computes its features once, and solves a convex
    /// problem on them, so that there is no learning rate to choose. For heads that give one vector for each sample.
    /// </summary>
    /// <param name="dataset">The training samples, whose class names are matched as <see cref="FineTune"/> does.</param>
    /// <param name="probe"><see cref="LogisticProbe"/> or <see cref="RidgeProbe"/>.</param>
    /// <param name="options">Batch size, workers, preprocessing, damaged samples, cache; null means the defaults.</param>
    /// <param name="progress">Receives how many samples were computed.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/> and the weights as they were.</param>
    /// <exception cref="ArgumentException">The head or the data set does not fit, or an option is wrong.</exception>
    /// <exception cref="SampleLoadException">A sample could not be read; the message names it.</exception>
    public LinearProbeResult Probe(
        Dataset dataset, LinearProbe probe, FeatureOptions? options = null, IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        using IDisposable use = Use();
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(probe);
        Stopwatch clock = Stopwatch.StartNew();
        options ??= new FeatureOptions();
        LearningTask.Check(dataset);
        IReadOnlyList<string> kept = LinearProbeRun.Check(Parts(), probe, Adaptation.Head);
        LearningTask = (LearningTask as ClassTask)?.TrainedOn(dataset, Architecture) ?? LearningTask;
        this.FreezeBackbone();
        ModelParts parts = Parts();
        Dataset matched = parts.Matched(dataset);
        FeatureRows rows = RowsOf(parts, matched, options, progress, cancellationToken);
        ILogger logger = options.Logger ?? NullLogger.Instance;
        LinearProbeResult result = LinearProbeRun.Run(parts, matched, rows, probe, kept, clock, logger, cancellationToken);
        HasUntrainedHead = false;
        return result;
    }

    /// <summary>
    /// Trains for some steps while the learning rate climbs, to show which rates the task bears, and puts everything back as it was, bit
    /// for bit: weights, statistics, LibTorch's random generator. The optimizer given is not changed: it is data.
    /// </summary>
    /// <param name="dataset">The training samples.</param>
    /// <param name="optimizer">The optimizer to find a rate for; its own rate plays no part.</param>
    /// <param name="options">The range of rates, and how training will be; null means the defaults.</param>
    /// <param name="cancellationToken">Ends the search; everything is put back then too.</param>
    /// <returns>The loss at each rate, and suggestions.</returns>
    /// <exception cref="ArgumentException">The head does not fit the data set, nothing is trainable, or an option is wrong.</exception>
    public LearningRateCurve FindLearningRate(
        Dataset dataset, Optimizer optimizer, LearningRateFinderOptions? options = null, CancellationToken cancellationToken = default)
    {
        using IDisposable use = Use();
        options ??= new LearningRateFinderOptions();
        options.Validate();
        LearningTask before = LearningTask;
        try
        {
            using RecipeRun run = new(this, dataset, optimizer, options.Training with { Checkpoints = null }, null);
            return run.FindLearningRate(options, cancellationToken);
        }
        finally
        {
            LearningTask = before;
        }
    }

    /// <summary>
    /// Computes what enters the head, one vector for each sample, with evaluation's preprocessing; what a cache holds already is taken from
    /// there.
    /// </summary>
    /// <param name="dataset">The samples.</param>
    /// <param name="options">Batch size, workers, preprocessing, damaged samples, cache; null means the defaults.</param>
    /// <param name="progress">Receives how many samples were computed.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>; a cache keeps what was done.</param>
    /// <returns>One row for each sample that was read, in order; maps are averaged over places. The caller disposes it.</returns>
    /// <exception cref="ArgumentException">The preprocessor draws, or there is no readable sample.</exception>
    /// <exception cref="SampleLoadException">A sample could not be read; the message names it.</exception>
    public FeatureSet ExtractFeatures(
        Dataset dataset, FeatureOptions? options = null, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        using IDisposable use = Use();
        ArgumentNullException.ThrowIfNull(dataset);
        return FeatureSet.Of(RowsOf(Parts(), dataset, options ?? new FeatureOptions(), progress, cancellationToken), dataset);
    }

    /// <summary>Evaluates the model on samples whose targets are known. Classes are matched by name.</summary>
    /// <param name="dataset">The samples; their classes are some or all of the model's.</param>
    /// <param name="options">Batch size, workers, damaged samples, features; null means the defaults.</param>
    /// <param name="progress">Receives the number of samples that are done.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentException">Classes cannot be matched, an option cannot be used, or no sample can be read.</exception>
    /// <exception cref="SampleLoadException">A sample could not be read; the message names it.</exception>
    /// <exception cref="InvalidOperationException">The weights came without a head, and it has not been trained.</exception>
    public EvaluationResult Evaluate(
        Dataset dataset, EvaluateOptions? options = null, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        using IDisposable use = Use();
        ArgumentNullException.ThrowIfNull(dataset);
        options ??= new EvaluateOptions();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.BatchSize, nameof(options.BatchSize));
        RequireTrainedHead();
        options = options.For(this);
        LearningTask.Check(dataset);
        ModelParts parts = Parts();
        return parts.Evaluate(parts.Matched(dataset), options, progress, cancellationToken);
    }

    /// <summary>
    /// Scores a data set, or one part of it, into a file: for millions of samples, by any number of processes that need not know of each
    /// other. A file appears whole or not at all, with a checksum; a shard that is done is skipped, so a job that died is started again as
    /// it is. <see cref="ScoreFolder.Merge"/> puts the shards together.
    /// </summary>
    /// <param name="dataset">The samples.</param>
    /// <param name="output">The folder for files and records, which is made if need be.</param>
    /// <param name="shard">Which part of how many: (i, n) is the i-th of n, from 0, in the order of the samples. Default: all.</param>
    /// <param name="options">What is written and how; null means the defaults.</param>
    /// <param name="progress">Receives the number of samples that are done.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>; nothing is written then.</param>
    /// <returns>The record of the shard.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such shard.</exception>
    /// <exception cref="InvalidDataException">The folder holds the shard of another model, data set or format.</exception>
    /// <exception cref="InvalidOperationException">The task predicts nothing of whole samples, or an output is NaN.</exception>
    /// <exception cref="SampleLoadException">A sample could not be read; the message names it.</exception>
    public ScoreShard Score(
        Dataset dataset, string output, (int Index, int Count)? shard = null, ScoreOptions? options = null, IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        using IDisposable use = Use();
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentException.ThrowIfNullOrEmpty(output);
        options ??= new ScoreOptions();
        if (options.Content == ScoreContent.Predictions)
        {
            RequireTrainedHead();
        }

        return Parts().Score(dataset, output, shard ?? (0, 1), options, progress, cancellationToken);
    }

    /// <summary>Predicts the class of one input, or how likely each of several labels is.</summary>
    /// <param name="input">A path for images and sounds; the text itself for texts.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="MediaException">The file is no image, or a damaged one.</exception>
    /// <exception cref="InvalidOperationException">The model does not predict classes, came without a head, or gives NaN.</exception>
    public Prediction Predict(string input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return PredictSamples([SampleOf(input)])[0];
    }

    /// <summary>Predicts the classes of some inputs, batch by batch.</summary>
    /// <param name="inputs">Paths for images and sounds; the texts themselves for texts.</param>
    /// <param name="options">Batch size, workers, damaged inputs; null means the defaults.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>One prediction for each input that could be read, in order; <see cref="Prediction.Item"/> says which.</returns>
    public IReadOnlyList<Prediction> Predict(
        IEnumerable<string> inputs, PredictOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        string[] all = [.. inputs];
        return [.. Predict(new InputDataset(all, SampleOf), options, cancellationToken).OfType<Prediction>()];
    }

    /// <summary>Predicts the classes of the samples of a data set (of some in memory: <see cref="InMemoryDataset"/>).</summary>
    /// <inheritdoc cref="Predict(IEnumerable{string}, PredictOptions?, CancellationToken)"/>
    /// <returns>One prediction for each sample, in order; null for one that was skipped.</returns>
    public IReadOnlyList<Prediction?> Predict(
        Dataset inputs, PredictOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        return Predicting(predictor => predictor.Classes(inputs, options ?? new PredictOptions(), cancellationToken));
    }

    /// <summary>Predicts the number of one input, for regression.</summary>
    /// <param name="input">A path for images and sounds; the text itself for texts.</param>
    /// <exception cref="InvalidOperationException">The model is not for regression, came without a head, or gives NaN.</exception>
    public double PredictNumber(string input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return PredictNumber(SampleOf(input));
    }

    /// <summary>Frees the network once no call uses it any more.</summary>
    public void Dispose()
    {
        Uses.End();
        GC.SuppressFinalize(this);
    }

    /// <summary>Keeps the network alive until the result is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    internal IDisposable Use() => Uses.Begin();

    /// <summary>Who uses the network, and in which number type it predicts.</summary>
    internal ModelUse Uses { get; }

    /// <summary>Gives the model another task, with a new head or with the one that it has.</summary>
    internal void ChangeTask(LearningTask task, HeadPlan plan, HeadInitialization? fresh, long seed)
    {
        using IDisposable use = Use();
        if (Adaptation.ChangeHead(task.Head, plan, fresh, seed, Architecture, names => FillNew(names, fresh is not null, seed)))
        {
            Module.to(Device.ToTorch());
        }

        (LearningTask, HasUntrainedHead) = (task, false);
    }

    /// <summary>Freezes all but the head, new weights and the adapter in use.</summary>
    internal void Freeze(bool freezesStatistics, TrainedWeights besides = TrainedWeights.None)
    {
        using IDisposable use = Use();
        Adaptation.Freeze(freezesStatistics, TrainedHead, besides);
    }

    /// <summary>Names the classes of the task.</summary>
    internal void SetClassNames(IReadOnlyList<string> classNames)
    {
        ClassTask classes = LearningTask as ClassTask
            ?? throw new InvalidOperationException($"A model for {LearningTask.Name} has no classes to name.");
        LearningTask = classes with { ClassNames = classNames };
    }

    /// <summary>Moves the network.</summary>
    internal void Move(Device device)
    {
        using IDisposable use = Use();
        CudaRequirements.Move(Module, Device, device);
        Device = device;
    }

    /// <summary>Takes over what a saved model had besides weights.</summary>
    internal void Restore(ModelDescription saved)
    {
        (HasUntrainedHead, Uses.Precision) = (HasUntrainedHead || saved.HasUntrainedHead, saved.Precision);
        Tasks.Restore(Adaptation.Adapters, saved);
        Adaptation.Restore(saved.Head, saved.LayerDecay, saved.FreezesStatistics, saved.Frozen);
    }

    /// <summary>What of the description every kind of model saves.</summary>
    /// <exception cref="InvalidOperationException">A weight is NaN or infinite.</exception>
    private protected ModelDescription Describe()
    {
        ModelDescription.RequireFinite(Module);
        return new ModelDescription
        {
            Task = SavedTask.Of(Tasks.OfModel),
            Head = Adaptation.Head,
            Adapters = SavedAdapter.Of(Adaptation.Adapters, Tasks.Of),
            UsedAdapter = Adaptation.Adapters.Choice.Used,
            Frozen = Adaptation.Frozen,
            FreezesStatistics = FreezesStatistics,
            LayerDecay = Adaptation.LayerDecay,
            HasUntrainedHead = HasUntrainedHead,
            Precision = Uses.Precision,
        };
    }

    /// <summary>Fills new weights from elsewhere where they are to be had there; returns those that are left.</summary>
    /// <param name="names">The new weights.</param>
    /// <param name="isFresh">Whether the head is to begin anew whatever there is.</param>
    /// <param name="seed">What fixes draws.</param>
    private protected virtual IReadOnlyCollection<string> FillNew(HashSet<string> names, bool isFresh, long seed) => names;

    /// <summary>A sample of what a caller gives for prediction.</summary>
    internal abstract Sample SampleOf(string input);

    /// <summary>A preprocessor that the caller gave, if the network can take what it makes.</summary>
    internal abstract Preprocessor? Fitting(Preprocessor? preprocessor);

    /// <summary>The options where the caller gives none.</summary>
    private protected virtual FineTuneOptions DefaultOptions(int samples) => new();

    /// <summary>Predicts the number of a sample.</summary>
    private protected double PredictNumber(Sample sample) => Predicting(predictor => predictor.Number(sample));

    /// <summary>Predicts the classes of samples that are in memory.</summary>
    private protected IReadOnlyList<Prediction> PredictSamples(IReadOnlyList<Sample> samples)
    {
        InputDataset inputs = new([.. samples.Select(sample => sample.Name)], samples);
        return Predict(inputs)!;
    }

    /// <summary>Predicts while the network is kept alive.</summary>
    /// <exception cref="InvalidOperationException">The weights came without a head, and it has not been trained.</exception>
    internal T Predicting<T>(Func<Predictor, T> predict, bool needsHead = true)
    {
        using ModelUse.Prediction use = Uses.Predict();
        RequireTrainedHead(needsHead);
        return predict(new Predictor(Module, Device, Architecture, LearningTask, Preprocessor) { Pass = use.Pass });
    }

    internal void RequireTrainedHead(bool isNeeded = true)
    {
        if (isNeeded && HasUntrainedHead)
        {
            throw new InvalidOperationException(
                $"The weights of {Architecture} came without a classifier ('{Module.FinalLayerName}' is not in the file), so its "
                    + "predictions would be random. Call ReplaceHead(classes) and train it, or say when loading that it is meant so: "
                    + $"{nameof(PretrainedOptions)}.{nameof(PretrainedOptions.AllowUntrainedHead)} for images, a task for texts.");
        }
    }

    internal FeatureRows RowsOf(
        ModelParts parts, Dataset dataset, FeatureOptions options, IProgress<int>? progress, CancellationToken cancellationToken)
        => parts.Rows(
            dataset, this.Decoding(Fitting(options.Preprocessor) ?? Preprocessor, options.Codec), options, progress, cancellationToken);

    internal ModelParts Parts(StageRates? rates = null)
    {
        string adapters = Adaptation.Adapters.Mark;
        return new(Module, Device, Architecture, new(() => Identity + adapters), LearningTask, Preprocessor.Fresh())
        {
            FreezesStatistics = FreezesStatistics,
            Rates = rates ?? (Adaptation.LayerDecay is { } decay ? StageRates.Decaying(decay) : null),
        };
    }
}
