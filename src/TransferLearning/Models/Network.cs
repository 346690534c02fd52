namespace TransferLearning;

/// <summary>A network: a backbone that turns inputs into features, and a head that turns features into what a task needs. Parameter names
/// are those of the published checkpoints, so that these load as they are.</summary>
/// <remarks>
/// A subclass is sealed, builds its modules with memory allocated but not filled, and ends its constructor with
/// <see cref="SetHead(string, nn.Module{Tensor, Tensor})"/>, because registering comes last. Tensors that the methods return are the
/// caller's to dispose.
/// </remarks>
public abstract class Network : nn.Module<ModelInput, Tensor>
{
    private List<(string Name, nn.Module<Tensor, Tensor> Module)> _head = [];
    private string? _finalLink;
    private AdapterPlace<InputBranch>? _inputs;

    /// <summary>Makes a network.</summary>
    /// <param name="name">The architecture's name.</param>
    protected Network(string name) : base(name) { }

    /// <summary>How many elements describe an example, or one token of it, where the head begins.</summary>
    public abstract int FeatureCount { get; }

    /// <summary>The parts from the first to the last before the head, for freezing and layer-wise learning rates: each a name and the
    /// beginnings of the parameter names that belong to it.</summary>
    public abstract IReadOnlyList<NetworkStage> Stages { get; }

    /// <summary>What the head gives. Default: one vector for each example.</summary>
    public virtual HeadKind HeadKind => HeadKind.Pooled;

    /// <summary>The kinds of heads that <see cref="ResetHead"/> can give the network.</summary>
    public virtual IReadOnlyList<HeadKind> HeadKinds { get; } = [HeadKind.Pooled];

    /// <summary>The names of the head's modules with weights, in the checkpoint, whole name parts: <c>fc</c>, <c>classifier</c>, …; empty
    /// where the head has no weights of its own.</summary>
    public IReadOnlyList<string> HeadNames => [.. _head.Where(part => HasWeights(part.Module)).Select(part => part.Name)];

    /// <summary>The modules of the head, in the order in which they run.</summary>
    public IReadOnlyList<nn.Module<Tensor, Tensor>> HeadModules => [.. _head.Select(part => part.Module)];

    /// <summary>
    /// The name of the layer that gives the outputs: what <c>ReplaceHead</c> replaces. <c>fc</c>, <c>classifier.6</c>, …; empty where there
    /// is none.
    /// </summary>
    public string FinalLayerName => _head.Count == 0 ? "" : _finalLink is null ? _head[^1].Name : $"{_head[^1].Name}.{_finalLink}";

    /// <summary>The layer that gives the outputs.</summary>
    /// <exception cref="InvalidOperationException">The head has no layer of its own.</exception>
    public nn.Module<Tensor, Tensor> FinalLayer
    {
        get
        {
            nn.Module<Tensor, Tensor> last = _head.Count > 0
                ? _head[^1].Module
                : throw new InvalidOperationException($"{GetName()} has no head with weights of its own.");
            return _finalLink is null ? last : ((Sequential)last).Links.First(link => link.Name == _finalLink).Module;
        }
    }

    /// <summary>How the names of older checkpoints become those of <see cref="State"/>, for <see cref="CheckpointOptions.KeyMap"/>; a map
    /// without rules unless the architecture has had other names.</summary>
    public virtual KeyMap CheckpointNames => KeyMap.Empty;

    /// <summary>How much the loss of each auxiliary head adds to the main one's.</summary>
    public virtual double AuxiliaryWeight => 0;

    /// <summary>
    /// The names of the layers that give the auxiliary outputs, in the order of <see cref="ForwardTraining(ModelInput)"/>:
    /// <c>AuxLogits.fc</c>, … A head with another number of classes needs other layers here too, see <see cref="ReplaceAuxiliaryLayer"/>.
    /// Default: none.
    /// </summary>
    public virtual IReadOnlyList<string> AuxiliaryHeads => [];

    /// <summary>The stages before which the network can be divided, so that what enters them is computed once while all before them is
    /// frozen. Default: none.</summary>
    public virtual IReadOnlyList<string> Divisions => [];

    /// <summary>Which of its adapters is used.</summary>
    internal AdapterChoice Adapters { get; } = new();

    /// <summary>What adapters have where inputs enter, or beside the whole.</summary>
    internal AdapterPlace<InputBranch> InputAdapters => _inputs ??= new AdapterPlace<InputBranch>(this, ClearModules);

    /// <summary>What the adapter in use has there, or null.</summary>
    internal InputBranch? InputAdapter => _inputs?.Active;

    /// <summary>How many positions adapters take from the tokens.</summary>
    internal int ReservedPositions => _inputs?.All.Select(branch => branch.Positions).DefaultIfEmpty().Max() ?? 0;

    /// <summary>How many elements a token has where vectors can be put before the tokens; null where they cannot.</summary>
    internal virtual int? PromptWidth => null;

    /// <summary>What enters a stage.</summary>
    /// <param name="stage">One of <see cref="Divisions"/>.</param>
    /// <param name="input">The examples; they stay the caller's.</param>
    /// <returns>[N, …]; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">The network cannot be divided there.</exception>
    public virtual Tensor ForwardBefore(string stage, ModelInput input) => throw NotDivisible(stage);

    /// <summary>What enters the head, computed from what enters a stage.</summary>
    /// <param name="stage">One of <see cref="Divisions"/>.</param>
    /// <param name="activations">What <see cref="ForwardBefore"/> gave for it; they stay the caller's.</param>
    /// <param name="input">The examples that they belong to, which sequences need for their padding; null for images.</param>
    /// <returns>What <see cref="ForwardFeatures(ModelInput)"/> gives; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">The network cannot be divided there, or the examples are absent.</exception>
    public virtual Tensor ForwardFrom(string stage, Tensor activations, ModelInput? input = null) => throw NotDivisible(stage);

    /// <summary>What enters the head: one vector for each example or token, or a map where the head itself pools.</summary>
    /// <param name="input">The examples; they stay the caller's.</param>
    public abstract Tensor ForwardFeatures(ModelInput input);

    /// <summary>
    /// One vector for each example, [N, <see cref="FeatureCount"/>], or a map: what is extracted and cached. Default: what enters the head.
    /// </summary>
    /// <param name="input">The examples; they stay the caller's.</param>
    public virtual Tensor ForwardPooled(ModelInput input) => ForwardFeatures(input);

    /// <summary>
    /// The outputs of features. Default: the modules of the head one after the other, and the features themselves where it has none.
    /// </summary>
    /// <param name="features">What <see cref="ForwardFeatures(ModelInput)"/> gives, or some rows of it; they stay the caller's.</param>
    // A head is small: computing it again would save nothing.
    public virtual Tensor ForwardHead(Tensor features) => Sequential.Run(_head, features, cutsBlocks: false);

    /// <summary>The outputs: <see cref="HeadKind"/> says of what shape. Call it by <c>call</c>.</summary>
    /// <param name="input">The examples; they stay the caller's.</param>
    public sealed override Tensor forward(ModelInput input)
    {
        using Tensor features = ForwardFeatures(input);
        return EnterHead(features);
    }

    /// <summary>The outputs of features, for architectures with a forward pass of their own: what trains beside the task sees them
    /// here.</summary>
    /// <param name="features">What <see cref="ForwardFeatures(ModelInput)"/> gives; they stay the caller's.</param>
    /// <returns>The outputs; the caller disposes them.</returns>
    protected internal Tensor EnterHead(Tensor features)
    {
        Tensor entering = ForwardTap.Entering(features);
        ForwardTap.SeesFeatures?.Invoke(entering);
        return ForwardHead(entering);
    }

    /// <summary>The outputs and, in training mode, those of auxiliary heads. The caller disposes all.</summary>
    /// <param name="input">The examples; they stay the caller's.</param>
    public virtual (Tensor Outputs, IReadOnlyList<Tensor> Auxiliary) ForwardTraining(ModelInput input) => (call(input), []);

    /// <summary>Puts another layer in the place of the one that gives the outputs; the old one is disposed.</summary>
    /// <param name="layer">Takes what the old one took. The network owns it from now on.</param>
    public void ReplaceFinalLayer(nn.Module<Tensor, Tensor> layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        nn.Module<Tensor, Tensor> old = DetachFinalLayer(layer);
        old.Dispose();
    }

    /// <summary>The layer that gives one auxiliary head's outputs.</summary>
    /// <param name="name">One of <see cref="AuxiliaryHeads"/>.</param>
    /// <returns>The network's own layer.</returns>
    /// <exception cref="ArgumentException">There is no auxiliary head of that name.</exception>
    public nn.Module<Tensor, Tensor> AuxiliaryLayer(string name)
        => AuxiliaryHeads.Contains(name)
            ? (nn.Module<Tensor, Tensor>)named_modules().First(module => module.name == name).module
            : throw new ArgumentException(
                $"{GetName()} has no auxiliary head '{name}'; it has "
                    + $"{(AuxiliaryHeads.Count == 0 ? "none" : string.Join(", ", AuxiliaryHeads))}.", nameof(name));

    /// <summary>Puts another layer in the place of the one that gives an auxiliary head's outputs; the old one is disposed.</summary>
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

    /// <summary>
    /// Gives the network another head in place: memory is allocated, but not filled, and lies on the CPU. The old head is disposed. Of
    /// image networks the layer that gives the outputs, and the last layer of each auxiliary head, is replaced by a plain one.
    /// </summary>
    /// <param name="head">The head; its kind is one of <see cref="HeadKinds"/>.</param>
    /// <returns>The names of the modules that are new and hold unfilled weights, whole name parts.</returns>
    /// <exception cref="ArgumentException">The network has no head of that kind; the message names those that it has. Nothing is
    /// changed.</exception>
    public virtual IReadOnlyList<string> ResetHead(HeadSpec head)
    {
        RequireKind(head);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(head.Outputs, nameof(head));
        ReplaceFinalLayer(NewHead.Plain(FinalLayer, head.Outputs));
        foreach (string auxiliary in AuxiliaryHeads)
        {
            ReplaceAuxiliaryLayer(auxiliary, NewHead.Plain(AuxiliaryLayer(auxiliary), head.Outputs));
        }

        return [FinalLayerName, .. AuxiliaryHeads];
    }

    /// <summary>Fills every weight as the architecture's authors do before training from scratch. Random values come from the seed alone,
    /// and those of a module do not depend on the other modules.</summary>
    public void Initialize(long seed) => Initialize(seed, _ => true);

    /// <summary>
    /// Everything a checkpoint holds of this network, in PyTorch's order: parameters and buffers, module by module, shared ones once.
    /// </summary>
    /// <returns>Names and the network's own tensors, which stay the network's.</returns>
    public IReadOnlyList<KeyValuePair<string, Tensor>> State() => ModuleState.Of(this);

    /// <summary>Whether a parameter or module belongs to the head.</summary>
    /// <param name="name">Its full name.</param>
    public bool IsInHead(string name) => HeadNames.Any(part => new NetworkStage(part).Holds(name));

    /// <summary>Turns a checkpoint's tensor into one of this network's shape where the architecture knows how, such as the position
    /// embeddings of images of another size. Asked before an entry is loaded.</summary>
    /// <param name="name">The entry's name in <see cref="State"/>.</param>
    /// <param name="stored">The checkpoint's tensor; it stays the caller's and is not written to.</param>
    /// <returns>A new tensor, which the caller disposes, or null: the stored one is used as it is.</returns>
    protected internal virtual Tensor? AdaptState(string name, Tensor stored) => null;

    /// <summary>Fills the modules to which parameters and buffers of some names belong, as <see cref="Initialize(long)"/> does.</summary>
    /// <param name="seed">What random values come from.</param>
    /// <param name="names">Full names, as <see cref="State"/> has them.</param>
    internal void InitializeOwnersOf(long seed, IEnumerable<string> names)
    {
        HashSet<string> owners = [.. names.Select(name => name[..Math.Max(name.LastIndexOf('.'), 0)])];
        Initialize(seed, owners.Contains);
    }

    /// <summary>Fills the weights of the modules that a condition on their names chooses, each with random values of its own.</summary>
    internal void Initialize(long seed, Func<string, bool> isChosen)
    {
        // What an in-place call gives back is a tensor too, and would live until the garbage collector finds it.
        using IDisposable scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        int number = 0;
        foreach ((string name, nn.Module module) in named_modules().Prepend(("", this)))
        {
            if (isChosen(name))
            {
                using Generator generator = new(new SeededRandom(seed, 0, number).NextUInt64());
                InitializeModule(name, module, generator);
            }

            number++;
        }
    }

    /// <summary>Puts a layer in place of the final one and hands that back undisposed.</summary>
    internal nn.Module<Tensor, Tensor> DetachFinalLayer(nn.Module<Tensor, Tensor> layer)
    {
        nn.Module<Tensor, Tensor> old = FinalLayer;
        (string name, nn.Module<Tensor, Tensor> last) = _head[^1];
        if (_finalLink is not null)
        {
            ((Sequential)last).Replace(_finalLink, layer);
        }
        else
        {
            _head[^1] = (name, layer);
            Reregister(name, layer);
        }

        ForwardTap.Install(this);
        return old;
    }

    /// <summary>Registers the fields of the subclass and then the head, which comes last in the checkpoint.</summary>
    /// <param name="name">The head's name in the checkpoint.</param>
    /// <param name="head">The head; not a field of the subclass.</param>
    protected void SetHead(string name, nn.Module<Tensor, Tensor> head)
    {
        RegisterComponents();
        List<(string Name, nn.Module<Tensor, Tensor> Module)> only = [(name, head)]; // a list, which is compiled ahead of time
        ChangeHead(only);
    }

    /// <summary>
    /// Puts other modules in the place of the head's, the old ones are disposed. The last member with weights gives the outputs.
    /// </summary>
    /// <param name="parts">The modules and their names in the checkpoint, in the order in which they run; none for a head without weights
    /// of its own.</param>
    protected void ChangeHead(params IReadOnlyList<(string Name, nn.Module<Tensor, Tensor> Module)> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        List<(string Name, nn.Module<Tensor, Tensor> Module)> old = _head;
        List<(string Name, nn.Module Module)> others = [.. named_children()];
        others.RemoveAll(child => old.Exists(part => part.Name == child.Name));
        _head = [.. parts];

        // The last member with weights gives the logits; SqueezeNet still pools after it.
        _finalLink = parts.Count > 0 ? (parts[^1].Module as Sequential)?.Links.Last(link => HasWeights(link.Module)).Name : null;
        ClearModules();
        foreach ((string name, nn.Module module) in others)
        {
            register_module(name, parts.FirstOrDefault(part => part.Name == name).Module ?? module);
        }

        foreach ((string name, nn.Module<Tensor, Tensor> module) in parts)
        {
            if (!others.Exists(other => other.Name == name))
            {
                register_module(name, module);
            }

            module.train(training);
        }

        old.ForEach(part => part.Module.Dispose());
        ForwardTap.Install(this);
    }

    /// <summary>Puts a layer in the place of an auxiliary head's last one, so that from now on <see cref="ForwardTraining(ModelInput)"/>
    /// and <see cref="State"/> use it. The default knows this library's own chains of layers.</summary>
    /// <param name="name">One of <see cref="AuxiliaryHeads"/>.</param>
    /// <param name="layer">The new layer. The old one is not disposed here.</param>
    /// <exception cref="NotSupportedException">The auxiliary head is no chain, and the architecture does not override this.</exception>
    protected virtual void ExchangeAuxiliaryLayer(string name, nn.Module<Tensor, Tensor> layer)
    {
        int dot = name.LastIndexOf('.');
        nn.Module? parent = dot < 0 ? null : named_modules().First(module => module.name == name[..dot]).module;
        if (parent is not Sequential chain)
        {
            throw new NotSupportedException(
                $"{GetName()} has auxiliary heads of its own kind and must override {nameof(ExchangeAuxiliaryLayer)}.");
        }

        chain.Replace(name[(dot + 1)..], layer);
    }

    /// <summary>
    /// Fills one module's own weights; see <see cref="Initialize(long)"/>. The default is PyTorch's for each kind of layer.
    /// </summary>
    /// <param name="name">The module's full name; empty for the network itself.</param>
    /// <param name="module">The module.</param>
    /// <param name="generator">Where random values come from.</param>
    protected virtual void InitializeModule(string name, nn.Module module, Generator generator)
        => LayerInitializers.Default(module, generator);

    /// <summary>Refuses a stage before which the network cannot be divided.</summary>
    private protected void RequireDivision(string stage)
    {
        if (!Divisions.Contains(stage))
        {
            throw NotDivisible(stage);
        }
    }

    private ArgumentException NotDivisible(string stage)
        => new(
            $"{GetName()} cannot be divided before '{stage}', but before {(Divisions.Count == 0 ? "none" : string.Join(", ", Divisions))}.",
            nameof(stage));

    /// <summary>Refuses a head that the network cannot have.</summary>
    private protected void RequireKind(HeadSpec head)
    {
        ArgumentNullException.ThrowIfNull(head);
        if (!HeadKinds.Contains(head.Kind))
        {
            throw new ArgumentException(
                $"{GetName()} has no head of the kind {head.Kind}; it has {string.Join(", ", HeadKinds)}.", nameof(head));
        }
    }

    private static bool HasWeights(nn.Module module) => module.parameters().Any();

    private void Reregister(string changed, nn.Module layer)
    {
        List<(string Name, nn.Module Module)> children = [.. named_children()];
        ClearModules();
        foreach ((string name, nn.Module module) in children)
        {
            register_module(name, name == changed ? layer : module);
        }
    }
}
