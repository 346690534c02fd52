using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>
/// A network with all that belongs to it: its weights, how it wants pictures prepared, the names of its classes, and what of it is frozen.
/// Steps such as <see cref="ReplaceHead(int, HeadInitialization, long)"/> change the model and return it, so that they read as one sentence.
/// </summary>
/// <remarks>
/// The model owns its native memory: dispose it. It is not safe to train or change it from several threads; predicting from several threads
/// at once is safe while nothing changes it.
/// </remarks>
public sealed partial class TransferModel : IDisposable
{
    private readonly ModelVariant _variant;
    private readonly NetworkOptions _options;
    private readonly HashSet<string> _newLayers = [];
    private HeadPlan? _head;
    private double? _layerDecay;
    private bool _isDisposed;

    internal TransferModel(ModelVariant variant, NetworkOptions options, ImageNetwork network, int classes, ImagePreprocess preprocess)
    {
        (_variant, _options, Module, Classes, Preprocess) = (variant, options, network, classes, preprocess);
        Device = Device.Cpu;
        network.eval();
    }

    /// <summary>The architecture's name in the catalogue: <c>resnet18</c>.</summary>
    public string Architecture => _variant.Name;

    /// <summary>The network itself, a TorchSharp module: the way out to everything TorchSharp can do. The model owns it.</summary>
    public ImageNetwork Module { get; }

    /// <summary>How many classes the head tells apart.</summary>
    public int Classes { get; private set; }

    /// <summary>The names of the classes: those of the data set last trained on, or numbers before that.</summary>
    public IReadOnlyList<string> ClassNames { get => field ?? [.. Enumerable.Range(0, Classes).Select(i => $"{i}")]; private set; }

    /// <summary>How pictures are prepared for evaluation and prediction.</summary>
    public ImagePreprocess Preprocess { get; }

    /// <summary>Where the network lives.</summary>
    public Device Device { get; private set; }

    /// <summary>What loading its weights found; null for a network that was not loaded.</summary>
    public WeightLoadReport? LoadReport { get; internal set; }

    /// <summary>The published weights it began with; null when they came from a file of the caller's or from nowhere.</summary>
    public WeightEntry? Weights { get; internal set; }

    /// <summary>How many numbers training would change now.</summary>
    public long TrainableParameters => Module.parameters().Where(parameter => parameter.requires_grad).Sum(parameter => parameter.numel());

    /// <summary>Whether frozen batch norms keep their statistics in training (see <see cref="FreezeBackbone"/>).</summary>
    public bool FreezesStatistics { get; private set; } = true;

    /// <summary>Whether nothing but the head is trained, so that what the backbone gives for a picture never changes.</summary>
    public bool BackboneIsFrozen
        => FreezesStatistics && Module.named_parameters().All(entry => !entry.parameter.requires_grad || IsInHead(entry.name));

    /// <summary>Makes a model with fresh weights: what a pretrained one is compared with.</summary>
    /// <param name="architecture">A name of the catalogue.</param>
    /// <param name="classes">How many classes it shall tell apart.</param>
    /// <param name="seed">What fixes the weights.</param>
    /// <param name="options">What differs from the published network.</param>
    /// <exception cref="ArgumentException">There is no such architecture.</exception>
    public static TransferModel Create(string architecture, int classes, long seed = 0, NetworkOptions? options = null)
    {
        ModelVariant variant = ModelCatalog.Get(architecture);
        options = (options ?? NetworkOptions.Default) with { Classes = classes };
        ImageNetwork network = variant.Build(options);
        network.Initialize(seed);
        return new TransferModel(variant, options, network, classes, variant.Preprocess);
    }

    /// <summary>Loads a model that <see cref="Save"/> wrote.</summary>
    /// <param name="path">The file. It is read as data; nothing in it can run.</param>
    /// <param name="mapFile">Whether the network looks into the file instead of copying it: <see cref="CheckpointOptions.MapFile"/>.</param>
    /// <exception cref="CheckpointException">The file is damaged or no checkpoint.</exception>
    /// <exception cref="InvalidDataException">The file is a checkpoint, but no saved model.</exception>
    public static TransferModel Load(string path, bool mapFile = false)
    {
        (StateDict state, ModelFile.Description saved) = ModelFile.Open(path, mapFile);
        using (state)
        {
            ModelVariant variant = ModelCatalog.Get(saved.Architecture);
            ImageNetwork network = variant.Build(saved.Options);
            TransferModel model = new(variant, saved.Options, network, saved.Classes, saved.Preprocess);
            try
            {
                if (saved.Head is { } head)
                {
                    model.Rebuild(head);
                }

                model.LoadReport = state.LoadInto(network.State());
                model.ClassNames = saved.ClassNames!;
                model.FreezesStatistics = saved.FreezeStatistics;
                HashSet<string> frozen = [.. saved.Frozen];
                model.SetTrainable(name => !frozen.Contains(name));
                return model;
            }
            catch
            {
                model.Dispose();
                throw;
            }
        }
    }

    /// <summary>Reads weights into the network as it is now; <see cref="LoadReport"/> says what became of each.</summary>
    /// <param name="weights">Weights under the names of <see cref="Network.State"/>; it stays the caller's.</param>
    /// <param name="options">What may be absent; null for nothing.</param>
    /// <returns>This model.</returns>
    /// <exception cref="WeightLoadException">A part of the network is not covered; nothing was changed.</exception>
    public TransferModel LoadWeights(StateDict weights, LoadOptions? options = null)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(weights);
        LoadReport = weights.LoadInto(Module.State(), options);
        return this;
    }

    /// <summary>
    /// Writes the whole model into one file: weights, head, classes, preprocessing, what is frozen. The file is a safetensors file, which other
    /// tools can read too, and appears under its name only when it is complete.
    /// </summary>
    /// <exception cref="IOException">The file could not be written; an older one of that name is untouched.</exception>
    public void Save(string path)
    {
        ThrowIfDisposed();
        ModelFile.Save(
            path,
            new ModelFile.Description(
                Architecture,
                _options,
                Classes,
                ClassNames,
                Preprocess,
                _head,
                [.. Module.named_parameters().Where(entry => !entry.parameter.requires_grad).Select(entry => entry.name)],
                FreezesStatistics),
            Module.State());
    }

    /// <summary>
    /// Replaces the layer that gives the logits by a new one for other classes. Its weights begin as draws from N(0, 0.02) and its biases at 0,
    /// unless told otherwise; everything else stays as it is.
    /// </summary>
    /// <param name="classes">How many classes the new head tells apart.</param>
    /// <param name="initialization">How its weights begin.</param>
    /// <param name="seed">What fixes the draws.</param>
    public TransferModel ReplaceHead(int classes, HeadInitialization initialization = HeadInitialization.Normal002, long seed = 0)
        => ChangeHead(new HeadPlan([], classes, null), initialization, seed);

    /// <summary>Replaces the layer that gives the logits by several: hidden layers and dropout of the caller's choice, and a last linear layer.</summary>
    /// <param name="classes">How many classes the new head tells apart.</param>
    /// <param name="head">Names the layers before the last one: <c>head => head.Dropout(0.2).Linear(256).Relu()</c>.</param>
    /// <param name="initialization">How the weights begin.</param>
    /// <param name="seed">What fixes the draws.</param>
    /// <exception cref="NotSupportedException">The network classifies before it pools (SqueezeNet); only a plain head fits there.</exception>
    public TransferModel ReplaceHead(int classes, Action<HeadBuilder> head, HeadInitialization initialization = HeadInitialization.Normal002, long seed = 0)
        => ChangeHead(new HeadPlan(Layers(head), classes, null), initialization, seed);

    /// <summary>Keeps the pretrained classifier and adds new layers after it, which learn to translate its classes into the new ones.</summary>
    /// <param name="classes">How many classes the new layers tell apart.</param>
    /// <param name="head">Names the layers between the old classifier and the last new layer; null means one ReLU.</param>
    /// <param name="initialization">How the new weights begin.</param>
    /// <param name="seed">What fixes the draws.</param>
    /// <exception cref="NotSupportedException">The network classifies before it pools (SqueezeNet).</exception>
    public TransferModel ExtendHead(int classes, Action<HeadBuilder>? head = null, HeadInitialization initialization = HeadInitialization.Normal002, long seed = 0)
        => ChangeHead(new HeadPlan(Layers(head ?? (builder => builder.Relu())), classes, Classes), initialization, seed);

    /// <summary>
    /// Freezes everything but the new head: training changes nothing else. Batch norms in the frozen part also keep their running statistics
    /// and use them, and dropout there is off, so the frozen part computes exactly what it computes in evaluation.
    /// </summary>
    /// <param name="freezeStatistics">False lets frozen batch norms go on learning running statistics from the new pictures.</param>
    public TransferModel FreezeBackbone(bool freezeStatistics = true)
    {
        ThrowIfDisposed();
        FreezesStatistics = freezeStatistics;
        string[] head = _newLayers.Count > 0 ? [.. _newLayers] : [Module.FinalLayerName];
        NetworkStage kept = new("head", head);
        SetTrainable(kept.Holds);
        return this;
    }

    /// <summary>Makes everything trainable.</summary>
    public TransferModel Unfreeze()
    {
        ThrowIfDisposed();
        SetTrainable(_ => true);
        return this;
    }

    /// <summary>Freezes the stages before one and makes it and everything after it trainable, the head too.</summary>
    /// <param name="stage">A name of <see cref="Network.Stages"/>: <c>layer4</c>.</param>
    /// <exception cref="ArgumentException">There is no such stage; the message lists them.</exception>
    public TransferModel UnfreezeFrom(string stage)
    {
        ThrowIfDisposed();
        IReadOnlyList<NetworkStage> frozen = StageGroups.Before(stage, Module.Stages, Architecture);
        SetTrainable(name => !frozen.Any(part => part.Holds(name)));
        return this;
    }

    /// <summary>
    /// Trains earlier stages more slowly: each stage's learning rate is the next one's times <paramref name="factor"/>, the head's the full one
    /// (Howard and Ruder, 2018).
    /// </summary>
    /// <param name="factor">Above 0, at most 1.</param>
    public TransferModel WithLayerDecay(double factor)
    {
        ThrowIfDisposed();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(factor);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(factor, 1);
        _layerDecay = factor;
        return this;
    }

    /// <summary>Moves the network to a device.</summary>
    public TransferModel To(Device device)
    {
        ThrowIfDisposed();
        Module.to(device.ToTorch());
        Device = device;
        return this;
    }

    /// <summary>Frees the network.</summary>
    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            Module.Dispose();
        }
    }

    private static IReadOnlyList<HeadLayer> Layers(Action<HeadBuilder> head)
    {
        ArgumentNullException.ThrowIfNull(head);
        HeadBuilder builder = new();
        head(builder);
        return builder.Layers;
    }

    private TransferModel ChangeHead(HeadPlan plan, HeadInitialization initialization, long seed)
    {
        ThrowIfDisposed();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(plan.Classes);
        if (plan.ExtendedFrom is not null && _head is not null)
        {
            throw new InvalidOperationException("The head has been changed already; extend the pretrained one, or replace it with ReplaceHead.");
        }

        nn.Module<Tensor, Tensor>? kept = plan.ExtendedFrom is null ? null : Module.FinalLayer;
        nn.Module<Tensor, Tensor> layer = Rebuild(plan);
        NewHead.Fill(layer, initialization, seed, kept);
        foreach (string name in Module.AuxiliaryHeads)
        {
            NewHead.Fill(Module.AuxiliaryLayer(name), initialization, seed);
        }

        Module.to(Device.ToTorch());
        ClassNames = null!;
        return this;
    }

    /// <summary>Puts the planned layers in place, unfilled.</summary>
    private nn.Module<Tensor, Tensor> Rebuild(HeadPlan plan)
    {
        nn.Module<Tensor, Tensor> old = Module.FinalLayer;
        bool isPlain = plan.Layers.Count == 0 && plan.ExtendedFrom is null;
        if (!isPlain && NewHead.Weight(old).dim() == 4)
        {
            throw new NotSupportedException($"{Architecture} classifies each place of the picture before it pools, so only a plain head fits: ReplaceHead(classes).");
        }

        long inputs = plan.ExtendedFrom ?? NewHead.Weight(old).size(1);
        if (plan.ExtendedFrom is null)
        {
            Module.ResetHead(new HeadSpec(HeadKind.Pooled, plan.Classes));
        }
        else
        {
            foreach (string auxiliary in Module.AuxiliaryHeads)
            {
                Module.ReplaceAuxiliaryLayer(auxiliary, NewHead.Plain(Module.AuxiliaryLayer(auxiliary), plan.Classes));
            }
        }

        if (!isPlain)
        {
            nn.Module<Tensor, Tensor> layers = NewHead.Of(inputs, plan.Layers, plan.Classes, plan.ExtendedFrom is null ? null : old);
            nn.Module<Tensor, Tensor> replaced = Module.DetachFinalLayer(layers);
            if (plan.ExtendedFrom is null)
            {
                replaced.Dispose();
            }
        }

        _newLayers.Clear();
        string name = Module.FinalLayerName;
        _newLayers.UnionWith(plan.ExtendedFrom is null ? [name] : Enumerable.Range(1, plan.Layers.Count + 1).Select(i => $"{name}.{i}"));
        (_head, Classes) = (plan, plan.Classes);
        Module.eval(); // new layers begin in training mode, where dropout is on
        return Module.FinalLayer;
    }

    private bool IsInHead(string name) => name.StartsWith(Module.HeadNames[0] + ".", StringComparison.Ordinal);

    private void SetTrainable(Func<string, bool> isTrained)
    {
        foreach ((string name, TorchSharp.Modules.Parameter parameter) in Module.named_parameters())
        {
            parameter.requires_grad = isTrained(name);
        }
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_isDisposed, this);
}
