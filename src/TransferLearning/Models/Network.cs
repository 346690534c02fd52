using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>
/// A picture network: a backbone that turns pictures into features, and a head that turns features into logits. Parameter names are
/// PyTorch's, so that published checkpoints load as they are.
/// </summary>
/// <remarks>
/// A subclass is sealed, builds its modules with memory allocated but not filled, and ends its constructor with
/// <see cref="SetHead"/>, because registering comes last. Tensors that the methods return are the caller's to dispose.
/// </remarks>
public abstract class Network : nn.Module<Tensor, Tensor>
{
    private nn.Module<Tensor, Tensor>? _head;
    private string? _finalLink;

    /// <summary>Makes a network.</summary>
    /// <param name="name">The architecture's name.</param>
    protected Network(string name)
        : base(name)
    {
    }

    /// <summary>How many numbers describe a picture where the head begins.</summary>
    public abstract int FeatureCount { get; }

    /// <summary>
    /// The parts from the first to the last before the head, for freezing and layer-wise rates: each a name and the beginnings of
    /// the parameter names that belong to it.
    /// </summary>
    public abstract IReadOnlyList<NetworkStage> Stages { get; }

    /// <summary>The name of the head in the checkpoint: <c>fc</c>, <c>classifier</c>, …</summary>
    public string HeadName { get; private set; } = "";

    /// <summary>The head: takes what <see cref="ForwardFeatures"/> gives, returns logits.</summary>
    public nn.Module<Tensor, Tensor> Head => _head ?? throw new InvalidOperationException($"{GetName()} has no head: its constructor did not end with SetHead.");

    /// <summary>The name of the layer that gives the logits: what <c>ReplaceHead</c> replaces. <c>fc</c>, <c>classifier.6</c>, …</summary>
    public string FinalLayerName => _finalLink is null ? HeadName : $"{HeadName}.{_finalLink}";

    /// <summary>The layer that gives the logits.</summary>
    public nn.Module<Tensor, Tensor> FinalLayer
        => _finalLink is null ? Head : ((Chain)Head).Links.First(link => link.Name == _finalLink).Module;

    /// <summary>
    /// How the names of older checkpoints become those of <see cref="State"/>, for <see cref="CheckpointOptions.KeyMap"/>; a map without
    /// rules unless the architecture has had other names.
    /// </summary>
    public virtual KeyMap CheckpointNames => KeyMap.Empty;

    /// <summary>How much the loss of each auxiliary head adds to the main one's.</summary>
    public virtual double AuxiliaryWeight => 0;

    /// <summary>
    /// The names of the layers that give the auxiliary logits, in the order of <see cref="ForwardTraining"/>: <c>AuxLogits.fc</c>, …
    /// A head with another number of classes needs other layers here too, see <see cref="ReplaceAuxiliaryLayer"/>. Default: none.
    /// </summary>
    public virtual IReadOnlyList<string> AuxiliaryHeads => [];

    /// <summary>The last feature map, [N, C, h, w], for explanations; transformers lay their tokens out as the grid they stand for.</summary>
    /// <param name="images">[N, 3, H, W].</param>
    public abstract Tensor ForwardMap(Tensor images);

    /// <summary>What enters the head: [N, <see cref="FeatureCount"/>], or [N, C, h, w] where the head itself pools.</summary>
    /// <param name="images">[N, 3, H, W].</param>
    public abstract Tensor ForwardFeatures(Tensor images);

    /// <summary>The logits, [N, classes].</summary>
    /// <param name="input">[N, 3, H, W].</param>
    public sealed override Tensor forward(Tensor input)
    {
        using Tensor features = ForwardFeatures(input);
        return ForwardHead(features);
    }

    /// <summary>
    /// The logits of features: <see cref="Head"/>, and before it what has no weights and changes from step to step in training, such as a
    /// dropout that the checkpoint does not count to the head.
    /// </summary>
    /// <param name="features">What <see cref="ForwardFeatures"/> gives.</param>
    public virtual Tensor ForwardHead(Tensor features) => Head.call(features);

    /// <summary>The logits and, in training mode, those of auxiliary heads. The caller disposes all.</summary>
    /// <param name="images">[N, 3, H, W].</param>
    public virtual (Tensor Logits, IReadOnlyList<Tensor> Auxiliary) ForwardTraining(Tensor images) => (call(images), []);

    /// <summary>Puts another layer in the place of the one that gives the logits; the old one is disposed.</summary>
    /// <param name="layer">Takes what the old one took. The network owns it from now on.</param>
    public void ReplaceFinalLayer(nn.Module<Tensor, Tensor> layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        nn.Module<Tensor, Tensor> old = DetachFinalLayer(layer);
        old.Dispose();
    }

    /// <summary>The layer that gives one auxiliary head's logits.</summary>
    /// <param name="name">One of <see cref="AuxiliaryHeads"/>.</param>
    /// <returns>The network's own layer.</returns>
    /// <exception cref="ArgumentException">There is no auxiliary head of that name.</exception>
    public nn.Module<Tensor, Tensor> AuxiliaryLayer(string name)
        => AuxiliaryHeads.Contains(name)
            ? (nn.Module<Tensor, Tensor>)named_modules().First(module => module.name == name).module
            : throw new ArgumentException(
                $"{GetName()} has no auxiliary head '{name}'; it has {(AuxiliaryHeads.Count == 0 ? "none" : string.Join(", ", AuxiliaryHeads))}.", nameof(name));

    /// <summary>Puts another layer in the place of the one that gives an auxiliary head's logits; the old one is disposed.</summary>
    /// <param name="name">One of <see cref="AuxiliaryHeads"/>.</param>
    /// <param name="layer">Takes what the old one took. The network owns it from now on.</param>
    /// <exception cref="ArgumentException">There is no auxiliary head of that name.</exception>
    public void ReplaceAuxiliaryLayer(string name, nn.Module<Tensor, Tensor> layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        nn.Module<Tensor, Tensor> old = AuxiliaryLayer(name);
        ExchangeAuxiliaryLayer(name, layer);
        old.Dispose();
    }

    /// <summary>Fills every weight as the architecture's authors do before training from scratch; draws come from the seed alone.</summary>
    public void Initialize(long seed)
    {
        using Generator generator = new(unchecked((ulong)seed));
        // What an in-place call gives back is a tensor too, and would live until the garbage collector finds it.
        using (NewDisposeScope())
        using (no_grad())
        {
            foreach ((string name, nn.Module module) in named_modules())
            {
                InitializeModule(name, module, generator);
            }
        }
    }

    /// <summary>Everything a checkpoint holds of this network, in PyTorch's order: parameters and buffers, module by module.</summary>
    /// <returns>Names and the network's own tensors, which stay the network's.</returns>
    public IReadOnlyList<KeyValuePair<string, Tensor>> State() => ModuleState.Of(this);

    /// <summary>
    /// Turns a checkpoint's tensor into one of this network's shape where the architecture knows how, such as the position
    /// embeddings of pictures of another size. Asked before an entry is loaded.
    /// </summary>
    /// <param name="name">The entry's name in <see cref="State"/>.</param>
    /// <param name="stored">The checkpoint's tensor; it stays the caller's and is not written to.</param>
    /// <returns>A new tensor, which the caller disposes, or null: the stored one is used as it is.</returns>
    protected internal virtual Tensor? AdaptState(string name, Tensor stored) => null;

    /// <summary>Puts a layer in place of the final one and hands that back undisposed.</summary>
    internal nn.Module<Tensor, Tensor> DetachFinalLayer(nn.Module<Tensor, Tensor> layer)
    {
        nn.Module<Tensor, Tensor> old = FinalLayer;
        if (_finalLink is not null)
        {
            ((Chain)Head).Replace(_finalLink, layer);
            return old;
        }

        List<(string Name, nn.Module Module)> children = [.. named_children()];
        ClearModules();
        foreach ((string name, nn.Module module) in children)
        {
            register_module(name, name == HeadName ? layer : module);
        }

        _head = layer;
        return old;
    }

    /// <summary>Registers the fields of the subclass and then the head, which comes last in the checkpoint.</summary>
    /// <param name="name">The head's name in the checkpoint.</param>
    /// <param name="head">The head; not a field of the subclass.</param>
    protected void SetHead(string name, nn.Module<Tensor, Tensor> head)
    {
        RegisterComponents();
        HeadName = name;
        _head = head;

        // The last member with weights gives the logits; SqueezeNet still pools after it.
        _finalLink = (head as Chain)?.Links.Last(link => link.Module.parameters().Any()).Name;
        if (!named_children().Any(child => child.name == name))
        {
            register_module(name, head);
        }
    }

    /// <summary>
    /// Puts a layer in the place of an auxiliary head's last one, so that from now on <see cref="ForwardTraining"/> and
    /// <see cref="State"/> use it. The default knows this library's own chains of layers.
    /// </summary>
    /// <param name="name">One of <see cref="AuxiliaryHeads"/>.</param>
    /// <param name="layer">The new layer. The old one is not disposed here.</param>
    /// <exception cref="NotSupportedException">The auxiliary head is no chain, and the architecture does not override this.</exception>
    protected virtual void ExchangeAuxiliaryLayer(string name, nn.Module<Tensor, Tensor> layer)
    {
        int dot = name.LastIndexOf('.');
        nn.Module? parent = dot < 0 ? null : named_modules().First(module => module.name == name[..dot]).module;
        if (parent is not Chain chain)
        {
            throw new NotSupportedException($"{GetName()} has auxiliary heads of its own kind and must override {nameof(ExchangeAuxiliaryLayer)}.");
        }

        chain.Replace(name[(dot + 1)..], layer);
    }

    /// <summary>Fills one module's weights. The default is PyTorch's for each kind of layer.</summary>
    /// <param name="name">The module's full name.</param>
    /// <param name="module">The module.</param>
    /// <param name="generator">Where draws come from.</param>
    protected virtual void InitializeModule(string name, nn.Module module, Generator generator) => LayerInitializers.Default(module, generator);
}
