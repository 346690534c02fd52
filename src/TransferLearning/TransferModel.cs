using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging.Abstractions;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>
/// A model: a preprocessor, a network and a task, with all that belongs to them: weights, the names of the classes, and what of it is frozen. The verbs of the sentence,
/// such as <see cref="TransferModelExtensions.ReplaceHead{T}(T, int, HeadInitialization, long)"/>, change the model and return it under its own type.
/// </summary>
/// <remarks>
/// The model owns its native memory: dispose it. It is not safe to train or change it from several threads; predicting from several threads
/// at once is safe while nothing changes it, and so is disposing it meanwhile: calls under way end, later ones throw, and the memory goes with the last.
/// </remarks>
public abstract class TransferModel : IDisposable
{
    private readonly HashSet<string> _newNames = [];
    private readonly Lock _gate = new();
    private HeadPlan? _head;
    private LoraOptions? _lora;
    private int _uses;
    private bool _isDisposed;

    private protected TransferModel(Network network, LearningTask task)
    {
        (Device, LearningTask) = (Device.Cpu, task);
        network.eval();
    }

    /// <summary>The architecture's name: <c>resnet18</c>, <c>BERT</c>.</summary>
    public abstract string Architecture { get; }

    /// <summary>The network itself, a TorchSharp module: the way out to everything TorchSharp can do. The model owns it.</summary>
    public abstract Network Module { get; }

    /// <summary>How samples are preprocessed for evaluation and prediction.</summary>
    public abstract Preprocessor Preprocessor { get; }

    /// <summary>What the model is for.</summary>
    public LearningTask LearningTask { get; private set; }

    /// <summary>The number of classes; 0 for a task without.</summary>
    public int Classes => (LearningTask as ClassTask)?.ClassCount ?? 0;

    /// <summary>The names of the classes: what the weights say, or those of the data set first trained on; numbers before that, and none for a task without.</summary>
    public IReadOnlyList<string> ClassNames => (LearningTask as ClassTask)?.ClassNames ?? [];

    /// <summary>Where the network is.</summary>
    public Device Device { get; private set; }

    /// <summary>What loading its weights found; null for a network that was not loaded.</summary>
    public WeightLoadReport? LoadReport { get; internal set; }

    /// <summary>The number of parameters that training would change now.</summary>
    public long TrainableParameters => Module.parameters().Where(parameter => parameter.requires_grad).Sum(parameter => parameter.numel());

    /// <summary>Whether frozen batch norms keep their statistics in training.</summary>
    public bool FreezesStatistics { get; private set; } = true;

    /// <summary>Whether nothing but the head is trained, so that what the backbone gives for a sample never changes.</summary>
    public bool BackboneIsFrozen => Parts().TrainsHeadOnly;

    /// <summary>Whether the network has low-rank weights beside its own.</summary>
    public bool HasLora => _lora is not null;

    /// <summary>Whether the head was drawn anew because the weights came without one, and has not been trained since: predictions would be random.</summary>
    public bool HasUntrainedHead { get; internal set; }

    /// <summary>What makes the network what it is besides its weights, without its head.</summary>
    private protected abstract string Identity { get; }

    /// <summary>How samples are preprocessed for training where the caller does not say it.</summary>
    private protected abstract Preprocessor TrainingPreprocessor { get; }

    /// <summary>The parts that <c>FreezeBackbone</c> leaves trainable where no part is new.</summary>
    private protected virtual IReadOnlyList<string> TrainedHead => [Module.FinalLayerName];

    /// <summary>Whether weight decay leaves out biases and norms where the caller does not say it.</summary>
    private protected virtual bool DecaysWeightsOnly => false;

    /// <summary>The factor between the learning rates of one stage and the next; null for equal rates.</summary>
    internal double? LayerDecay { get; set; }

    /// <summary>Makes an image model with fresh weights: what a pretrained one is compared with.</summary>
    /// <inheritdoc cref="ImageModel.Create(string, int, long, NetworkOptions?)"/>
    public static ImageModel Create(string architecture, int classes, long seed = 0, NetworkOptions? options = null)
        => ImageModel.Create(architecture, classes, seed, options);

    /// <summary>Loads a model that <see cref="Save"/> wrote: a file for images, a folder for texts.</summary>
    /// <param name="path">The file or folder. It is read as data; nothing in it can run.</param>
    /// <param name="mapFile">Whether the network looks into the file of weights instead of copying it: <see cref="CheckpointOptions.MapFile"/>.</param>
    /// <returns>The model; the caller disposes it.</returns>
    /// <exception cref="CheckpointException">The file is damaged or no checkpoint.</exception>
    /// <exception cref="InvalidDataException">It is no saved model, or the files do not belong together.</exception>
    public static TransferModel Load(string path, bool mapFile = false)
        => Directory.Exists(path) ? TextModel.Load(path, mapFile) : ImageModel.Load(path, mapFile);

    /// <summary>Writes the whole model: weights, head, task, class names, preprocessing, what is frozen. What stood there before is replaced only by what is complete.</summary>
    /// <param name="path">The file, or the folder for texts.</param>
    /// <exception cref="IOException">It could not be written; an older one of that name is untouched.</exception>
    /// <exception cref="InvalidOperationException">A weight is NaN or infinite; the message names it.</exception>
    public abstract void Save(string path);

    /// <summary>Trains what is not frozen on a data set by mini-batch gradient descent.</summary>
    /// <param name="dataset">The training samples. A head without names takes the set's class names; a head that has names is matched by them.</param>
    /// <param name="optimizer">The optimizer: <see cref="Sgd"/>, <see cref="Adam"/>, <see cref="AdamW"/>, …</param>
    /// <param name="options">
    /// Epochs, batch size, seed, validation and more; null means the defaults. For texts those are three epochs, a learning rate that rises over the first tenth and then
    /// falls linearly to 0, and gradients clipped to the norm 1.
    /// </param>
    /// <param name="resume">
    /// A folder: the running state is written there as <see cref="FineTuneOptions.Checkpoints"/> says (every ten minutes by default), and a run
    /// that left its state there resumes, bit for bit as if it had not been interrupted on the CPU. Call it with the model as it was at the start of the run.
    /// </param>
    /// <param name="progress">Receives reports every <see cref="FineTuneOptions.ReportEvery"/> batches and at the end of each epoch.</param>
    /// <param name="cancellationToken">Ends training within one batch; the model keeps the best weights so far, and the history says why it ended.</param>
    /// <returns>What each epoch gave.</returns>
    /// <exception cref="ArgumentException">The head does not fit the data set, nothing is trainable, or an option is wrong or cannot be used.</exception>
    /// <exception cref="SampleLoadException">A sample could not be read; the message names it.</exception>
    /// <exception cref="TrainingException">The loss is NaN or infinite; the message names epoch and batch.</exception>
    public TrainingHistory FineTune(
        Dataset dataset,
        Optimizer optimizer,
        FineTuneOptions? options = null,
        string? resume = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        using IDisposable use = Use();
        FineTuneRun run = Begin(dataset, optimizer, options, resume);
        TrainingHistory history = run.Run(optimizer, progress, cancellationToken);
        HasUntrainedHead = HasUntrainedHead && history.Steps == 0;
        return history;
    }

    /// <inheritdoc cref="FineTune"/>
    public Task<TrainingHistory> FineTuneAsync(
        Dataset dataset,
        Optimizer optimizer,
        FineTuneOptions? options = null,
        string? resume = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
        => Background(() => FineTune(dataset, optimizer, options, resume, progress, cancellationToken));

    /// <summary>
    /// Trains nothing but the head: freezes the backbone, computes its features once, and trains the head on them. The quickest way to see what a
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
        => this.FreezeBackbone().FineTune(dataset, optimizer, options, resume, progress, cancellationToken);

    /// <summary>
    /// Trains for some steps while the learning rate climbs, to show which rates the task bears, and puts everything back as it was, bit for
    /// bit: weights, statistics, LibTorch's random generator. The optimizer given is not changed: it is data.
    /// </summary>
    /// <param name="dataset">The training samples.</param>
    /// <param name="optimizer">The optimizer to find a rate for; its own rate plays no part.</param>
    /// <param name="options">The range of rates, and how training will be; null means the defaults.</param>
    /// <param name="cancellationToken">Ends the search; everything is put back then too.</param>
    /// <returns>The loss at each rate, and suggestions.</returns>
    /// <exception cref="ArgumentException">The head does not fit the data set, nothing is trainable, or an option is wrong.</exception>
    /// <exception cref="OperationCanceledException">The search was cancelled.</exception>
    public LearningRateCurve FindLearningRate(
        Dataset dataset, Optimizer optimizer, LearningRateFinderOptions? options = null, CancellationToken cancellationToken = default)
    {
        using IDisposable use = Use();
        options ??= new LearningRateFinderOptions();
        options.Validate();
        LearningTask before = LearningTask;
        try
        {
            return Begin(dataset, optimizer, options.Training with { Checkpoints = null }, null).FindLearningRate(optimizer, options, cancellationToken);
        }
        finally
        {
            LearningTask = before;
        }
    }

    /// <inheritdoc cref="FindLearningRate"/>
    public Task<LearningRateCurve> FindLearningRateAsync(
        Dataset dataset, Optimizer optimizer, LearningRateFinderOptions? options = null, CancellationToken cancellationToken = default)
        => Background(() => FindLearningRate(dataset, optimizer, options, cancellationToken));

    /// <summary>Computes what enters the head, one vector for each sample, with evaluation's preprocessing; what a cache holds already is taken from there.</summary>
    /// <param name="dataset">The samples.</param>
    /// <param name="options">Batch size, workers, preprocessing, damaged samples, cache; null means the defaults.</param>
    /// <param name="progress">Receives how many samples were computed.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>; a cache keeps what was done.</param>
    /// <returns>One row for each sample, in order, without those that were skipped; maps are averaged over their places. The caller disposes it.</returns>
    /// <exception cref="ArgumentException">The preprocessor draws, or there is no readable sample.</exception>
    /// <exception cref="SampleLoadException">A sample could not be read; the message names it.</exception>
    public FeatureSet ExtractFeatures(Dataset dataset, FeatureOptions? options = null, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        using IDisposable use = Use();
        ArgumentNullException.ThrowIfNull(dataset);
        options ??= new FeatureOptions();
        Preprocessor preprocessor = Fitting(options.Preprocessor) ?? Preprocessor;
        if (!preprocessor.IsDeterministic)
        {
            throw new ArgumentException("The preprocessor draws, so a sample has no fixed features: use one without draws, such as ImagePreprocessor.ForEvaluation.", nameof(options));
        }

        ModelParts parts = Parts();
        LoaderOptions reading = ModelParts.Reading(options.BatchSize, options.Workers, options.OnBadSample);
        FeatureRows rows = parts.Features(options.Cache, options.Logger, options.Precision).Of(dataset, preprocessor, reading, 1, progress, cancellationToken)
            ?? parts.Features(null, options.Logger, options.Precision, unlimited: true).Of(dataset, preprocessor, reading, 1, progress, cancellationToken)!;
        return rows.Skipped < rows.Count
            ? FeatureSet.Of(rows, dataset)
            : throw new ArgumentException($"There is no readable sample to extract features from in {dataset}.", nameof(dataset));
    }

    /// <summary>Evaluates the model on samples whose targets are known. Classes are matched by name.</summary>
    /// <param name="dataset">The samples; their classes are some or all of the model's.</param>
    /// <param name="options">Batch size, workers, damaged samples, features; null means the defaults.</param>
    /// <param name="progress">Receives the number of samples that are done.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentException">The classes cannot be matched, an option cannot be used, or there is no readable sample.</exception>
    /// <exception cref="SampleLoadException">A sample could not be read; the message names it.</exception>
    /// <exception cref="InvalidOperationException">The weights came without a head, and it has not been trained.</exception>
    public EvaluationResult Evaluate(Dataset dataset, EvaluateOptions? options = null, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        using IDisposable use = Use();
        ArgumentNullException.ThrowIfNull(dataset);
        options ??= new EvaluateOptions();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.BatchSize, nameof(options.BatchSize));
        RequireTrainedHead();
        Fitting(options.Preprocessor);
        LearningTask.Check(dataset);
        return Parts().Evaluate(Matched(dataset), options, progress, cancellationToken);
    }

    /// <inheritdoc cref="Evaluate"/>
    public Task<EvaluationResult> EvaluateAsync(
        Dataset dataset, EvaluateOptions? options = null, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
        => Background(() => Evaluate(dataset, options, progress, cancellationToken));

    /// <summary>Predicts the class of one input, or how likely each of several labels is.</summary>
    /// <param name="input">A path for images; the text itself for texts.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="MediaException">The file is no image, or a damaged one.</exception>
    /// <exception cref="InvalidOperationException">The model does not predict classes, came without a head, or gives NaN.</exception>
    public Prediction Predict(string input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return PredictSamples([SampleOf(input)])[0];
    }

    /// <summary>Predicts the classes of some inputs, batch by batch.</summary>
    /// <param name="inputs">Paths for images; the texts themselves for texts.</param>
    /// <param name="options">Batch size, workers, damaged inputs; null means the defaults.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>One prediction for each input that could be read, in order; <see cref="Prediction.Item"/> says which.</returns>
    public IReadOnlyList<Prediction> Predict(IEnumerable<string> inputs, PredictOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        string[] all = [.. inputs];
        return PredictAll(new InputDataset(all, SampleOf), options ?? new PredictOptions(), cancellationToken);
    }

    /// <summary>The same as <see cref="Predict(string)"/>, off the calling thread.</summary>
    public Task<Prediction> PredictAsync(string input, CancellationToken cancellationToken = default) => Task.Run(() => Predict(input), cancellationToken);

    /// <summary>Predicts the number of one input, for regression.</summary>
    /// <param name="input">A path for images; the text itself for texts.</param>
    /// <exception cref="InvalidOperationException">The model is not for regression, came without a head, or gives NaN.</exception>
    public double PredictNumber(string input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return PredictNumber(SampleOf(input));
    }

    /// <summary>Frees the network once no call uses it any more.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
            if (_uses > 0)
            {
                return; // the last call that is under way frees it
            }
        }

        Module.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Keeps the network alive until the result is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    internal IDisposable Use()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _uses++;
        }

        return new ModelUse(() =>
        {
            bool isLast;
            lock (_gate)
            {
                isLast = --_uses == 0 && _isDisposed;
            }

            if (isLast)
            {
                Module.Dispose();
            }
        });
    }

    /// <summary>Gives the model another task, with a new head or with the one that it has.</summary>
    internal void ChangeTask(LearningTask task, HeadPlan plan, HeadInitialization? fresh, long seed)
    {
        using IDisposable use = Use();
        if (_lora is not null)
        {
            throw new InvalidOperationException("Choose the task before WithLora, or call MergeLora first: the LoRA weights belong to the network as it is.");
        }

        if (plan.ExtendedFrom is not null && _head is not null)
        {
            throw new InvalidOperationException("The head has been changed already; extend the pretrained one, or replace it with ReplaceHead.");
        }

        if (fresh is not null || Module.HeadKind != task.Head.Kind)
        {
            nn.Module<Tensor, Tensor>? kept = plan.ExtendedFrom is null ? null : Module.FinalLayer;
            IReadOnlyList<string> names = plan.Build(Module, task.Head, Architecture);
            NetworkStage added = new("new", names);
            _newNames.Clear();
            _newNames.UnionWith(FillNew([.. Module.State().Select(entry => entry.Key).Where(added.Holds)], fresh is not null, seed));
            HashSet<string> modules = [.. _newNames.Select(name => name[..Math.Max(0, name.LastIndexOf('.'))])];
            Module.Initialize(seed, modules.Contains);
            if (fresh is { } initialization)
            {
                foreach ((string _, nn.Module part) in Module.named_modules().Where(entry => names.Contains(entry.name) && !ReferenceEquals(entry.module, kept) && (Module.IsInHead(entry.name) || Module.AuxiliaryHeads.Contains(entry.name))))
                {
                    NewHead.Fill(part, initialization, seed, kept);
                }
            }

            Module.to(Device.ToTorch());
            Module.eval(); // new layers begin in training mode, where dropout is on
            _head = plan.IsPlain ? null : plan;
        }

        (LearningTask, HasUntrainedHead) = (task, false);
    }

    /// <summary>Rebuilds the head, LoRA weights and frozen parts of a saved model, unfilled.</summary>
    internal void Restore(ModelDescription saved)
    {
        (_head, _lora, LayerDecay, FreezesStatistics) = (saved.Head, saved.Lora, saved.LayerDecay, saved.FreezesStatistics);
        HashSet<string> frozen = [.. saved.Frozen];
        SetTrainable(name => !frozen.Contains(name));
        Module.eval();
    }

    /// <summary>What of the description every kind of model saves.</summary>
    private protected ModelDescription Describe()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        foreach ((string name, Tensor tensor) in Module.State().Where(entry => entry.Value.is_floating_point()))
        {
            if (!tensor.isfinite().all().item<bool>())
            {
                throw new InvalidOperationException($"'{name}' holds NaN or infinity, so the model is not saved. Train again with a smaller learning rate or clipped gradients, from weights that are sound.");
            }
        }

        return new ModelDescription
        {
            Task = SavedTask.Of(LearningTask),
            Head = _head,
            Lora = _lora,
            Frozen = [.. Module.named_parameters().Where(entry => !entry.parameter.requires_grad).Select(entry => entry.name)],
            FreezesStatistics = FreezesStatistics,
            LayerDecay = LayerDecay,
        };
    }

    /// <summary>Whether the head was put together or extended by the caller.</summary>
    private protected bool HasCustomHead => _head is not null;

    /// <summary>The LoRA weights that there are.</summary>
    private protected LoraOptions? Lora => _lora;

    /// <summary>Notes weights that were drawn when the model was loaded.</summary>
    private protected void NoteNew(IEnumerable<string> names) => _newNames.UnionWith(names);

    /// <summary>Fills new weights from elsewhere where they are to be had there; returns those that are left.</summary>
    /// <param name="names">The new weights.</param>
    /// <param name="isFresh">Whether the head is to begin anew whatever there is.</param>
    /// <param name="seed">What fixes draws.</param>
    private protected virtual IReadOnlyCollection<string> FillNew(HashSet<string> names, bool isFresh, long seed) => names;

    /// <summary>Freezes everything but the new head and LoRA weights.</summary>
    internal void Freeze(bool freezeStatistics)
    {
        using IDisposable use = Use();
        FreezesStatistics = freezeStatistics;
        NetworkStage kept = new("head", _newNames.Count > 0 ? [.. _newNames] : TrainedHead);
        SetTrainable(name => kept.Holds(name) || LoraPlan.IsLoraWeight(name));
    }

    /// <summary>Trains the parameters that a condition on their names chooses, and no others.</summary>
    internal void SetTrainable(Func<string, bool> isTrained)
    {
        using IDisposable use = Use();
        foreach ((string name, TorchSharp.Modules.Parameter parameter) in Module.named_parameters())
        {
            parameter.requires_grad = isTrained(name);
        }
    }

    /// <summary>Gives layers low-rank weights, or takes them away again.</summary>
    internal void SetLora(LoraOptions? options, Action change)
    {
        using IDisposable use = Use();
        if (options is not null && _lora is not null)
        {
            throw new InvalidOperationException("The network has LoRA weights already; call MergeLora or RemoveLora first.");
        }

        change();
        _lora = options;
        if (options is not null)
        {
            Freeze(FreezesStatistics);
        }
    }

    /// <summary>Names the classes of the task.</summary>
    internal void SetClassNames(IReadOnlyList<string> classNames)
    {
        ClassTask classes = LearningTask as ClassTask ?? throw new InvalidOperationException($"A model for {LearningTask.Name} has no classes to name.");
        LearningTask = classes with { ClassNames = classNames };
    }

    /// <summary>Reads weights into the network.</summary>
    internal void Fill(StateDict weights, LoadOptions? options)
    {
        using IDisposable use = Use();
        LoadReport = weights.LoadInto(Module.State(), options);
    }

    /// <summary>Moves the network.</summary>
    internal void Move(Device device)
    {
        using IDisposable use = Use();
        CudaRequirements.Move(Module, Device, device);
        Device = device;
    }

    /// <summary>A sample of what a caller gives for prediction.</summary>
    private protected abstract Sample SampleOf(string input);

    /// <summary>A preprocessor that the caller gave, if the network can take what it makes.</summary>
    private protected abstract Preprocessor? Fitting(Preprocessor? preprocessor);

    /// <summary>The options where the caller gives none.</summary>
    private protected virtual FineTuneOptions DefaultOptions(int samples) => new();

    /// <summary>Predicts the number of a sample.</summary>
    private protected double PredictNumber(Sample sample)
    {
        if (LearningTask is not Regression)
        {
            throw new InvalidOperationException($"This model is for {LearningTask.Name}; call Predict, or For(new Regression()) before training.");
        }

        return Outputs(new InMemoryDataset([sample with { Target = NoTarget.Instance }], []), new PredictOptions { Workers = 0 }, (pass, batch) => pass.Run(batch.Input).Outputs, default)[0]![0];
    }

    /// <summary>Predicts the classes of samples that are in memory.</summary>
    private protected IReadOnlyList<Prediction> PredictSamples(IReadOnlyList<Sample> samples)
        => PredictAll(new InputDataset([.. samples.Select(sample => sample.Name)], samples), new PredictOptions { Workers = samples.Count == 1 ? 0 : null }, default);

    /// <summary>Runs the network over samples and gives each one's own outputs, in order; null for one that was skipped.</summary>
    private protected float[]?[] Outputs(Dataset inputs, PredictOptions options, Func<ForwardPass, Batch, Tensor> run, CancellationToken cancellationToken, bool needsHead = true)
    {
        using IDisposable use = Use();
        if (needsHead)
        {
            RequireTrainedHead();
        }

        ForwardPass pass = new(Module, Device);
        BatchLoader loader = new(inputs, Preprocessor, ModelParts.Reading(options.BatchSize, options.Workers, options.OnBadSample));
        float[]?[] all = new float[]?[inputs.Count];
        try
        {
            using IDisposable guard = inference_mode();
            foreach (Batch batch in loader.Epoch(0, 0, cancellationToken))
            {
                using (batch)
                using (DisposeScope scope = NewDisposeScope())
                {
                    float[] numbers = [.. run(pass, batch).to(ScalarType.Float32).cpu().contiguous().data<float>()];
                    int each = numbers.Length / batch.Count;
                    for (int row = 0; row < batch.Count; row++)
                    {
                        all[batch.Indices[row]] = numbers[(row * each)..((row + 1) * each)];
                    }
                }
            }
        }
        catch (SampleLoadException exception)
        {
            ExceptionDispatchInfo.Throw(exception.InnerException!);
        }

        foreach (SkippedSample skipped in loader.Skipped.Samples)
        {
            TrainingLog.Note(options.Logger ?? NullLogger.Instance, $"'{skipped.Name}' was skipped: {skipped.Reason}");
        }

        return all.All(row => row is null || row.All(float.IsFinite))
            ? all
            : throw new InvalidOperationException($"{Architecture} gives NaN or infinity: its weights or the inputs are not finite. Train again from sound weights with a smaller learning rate.");
    }

    private IReadOnlyList<Prediction> PredictAll(Dataset inputs, PredictOptions options, CancellationToken cancellationToken)
    {
        Func<Tensor, Tensor> probabilities = LearningTask switch
        {
            Classification => logits => logits.to(ScalarType.Float32).softmax(1),
            MultiLabelClassification => logits => logits.to(ScalarType.Float32).sigmoid(),
            _ => throw new InvalidOperationException($"This {Architecture} is for {LearningTask.Name}, and does not predict classes of whole inputs: call ReplaceHead(classes) and train it, or load weights that have such a head."),
        };
        IReadOnlyList<string> names = ClassNames;
        float[]?[] scores = Outputs(inputs, options, (pass, batch) => probabilities(pass.Run(batch.Input).Outputs), cancellationToken);
        return [.. scores.Select((row, i) => (row, i)).Where(entry => entry.row is not null).Select(entry => new Prediction(inputs.NameOf(entry.i), entry.row!, names))];
    }

    private void RequireTrainedHead()
    {
        if (HasUntrainedHead)
        {
            throw new InvalidOperationException(
                $"The weights of {Architecture} came without a classifier ('{Module.FinalLayerName}' is not in the file), so its predictions would be random. "
                + "Call ReplaceHead(classes) and train it, or set AllowUntrainedHead when loading.");
        }
    }

    private protected ModelParts Parts() => new(Module, Device, Architecture, Identity, LearningTask, Preprocessor.Fresh()) { FreezesStatistics = FreezesStatistics, LayerDecay = LayerDecay };

    /// <summary>The samples under the model's classes, matched by name.</summary>
    private Dataset Matched(Dataset dataset)
    {
        if (LearningTask is not ClassTask classes)
        {
            return dataset;
        }

        if (!classes.HasClassNames)
        {
            throw new ArgumentException(
                $"The weights of {Architecture} do not say which classes their {classes.ClassCount} outputs stand for, so the classes of {dataset} ({Dataset.Shown(dataset.ClassNames)}) "
                + "cannot be matched. Say it with WithClassNames([…]) in the order of the outputs, or call ReplaceHead and train.",
                nameof(dataset));
        }

        try
        {
            return dataset.WithClasses(classes.ClassNames);
        }
        catch (ArgumentException exception)
        {
            throw new ArgumentException($"{exception.Message} For other classes call ReplaceHead({dataset.ClassNames.Count}) and train.", nameof(dataset), exception);
        }
    }

    private FineTuneRun Begin(Dataset dataset, Optimizer optimizer, FineTuneOptions? given, string? resume)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(optimizer);
        FineTuneOptions options = (given ?? DefaultOptions(dataset.Count)).Resuming(resume);
        bool headOnly = BackboneIsFrozen;
        Preprocessor preprocessor = Fitting(options.Preprocessor) ?? (headOnly && options.CachedViews == 0 ? Preprocessor : TrainingPreprocessor);
        options.CheckFor(dataset, LearningTask, Module, headOnly, preprocessor);
        if (LearningTask is ClassTask { HasClassNames: false } unnamed)
        {
            LearningTask = dataset.ClassNames.Count == unnamed.ClassCount
                ? unnamed with { ClassNames = dataset.ClassNames }
                : throw new ArgumentException(
                    $"The head of {Architecture} has {unnamed.ClassCount} classes without names, and the data set has {Dataset.Shown(dataset.ClassNames)}. "
                    + $"Call ReplaceHead({dataset.ClassNames.Count}) first.",
                    nameof(dataset));
        }

        options = options with
        {
            NoDecayOnBiasAndNorm = options.NoDecayOnBiasAndNorm ?? DecaysWeightsOnly,
            Validation = options.Validation is null ? null : Matched(options.Validation),
        };
        return new FineTuneRun(Parts(), Matched(dataset), preprocessor.Fresh(), options);
    }

    private static Task<T> Background<T>(Func<T> work)
        => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private sealed class ModelUse(Action end) : IDisposable
    {
        private Action? _end = end;

        public void Dispose() => Interlocked.Exchange(ref _end, null)?.Invoke();
    }
}
