namespace TransferLearning;

/// <summary>
/// A network that a <c>config.json</c> describes, under Hugging Face's parameter names, so that published checkpoints load as they are,
/// whatever its inputs are.
/// </summary>
/// <remarks>
/// A subclass builds its modules with memory allocated but not filled, and ends its constructor with <see cref="BuildFirstHead"/>. A
/// parameter that two places share is registered once, and <see cref="Tied"/> names the other place.
/// </remarks>
public abstract class ConfigNetwork : Network
{
    /// <summary>Makes a network.</summary>
    /// <param name="name">The architecture's name.</param>
    /// <param name="config">Its configuration.</param>
    /// <param name="head">Its head.</param>
    protected ConfigNetwork(string name, ModelConfig config, HeadSpec head) : base(name) => (Config, Head) = (config, head);

    /// <summary>The configuration it was built from.</summary>
    public ModelConfig Config { get; }

    /// <summary>The head that it has now.</summary>
    public HeadSpec Head { get; private set; }

    /// <inheritdoc/>
    public sealed override HeadKind HeadKind => Head.Kind;

    /// <inheritdoc/>
    public abstract override IReadOnlyList<HeadKind> HeadKinds { get; }

    /// <summary>
    /// What the names of the backbone's parameters begin with, and names of a checkpoint without a head lack: <c>bert.</c>; may be empty.
    /// </summary>
    public abstract string BackbonePrefix { get; }

    /// <summary>
    /// The beginnings of further names that a checkpoint may lack, whole name parts: BERT's pooler, which not every head has. Default:
    /// none.
    /// </summary>
    public virtual IReadOnlyList<string> OptionalNames => [];

    /// <summary>
    /// Names that checkpoints may hold, and the parameter of <see cref="Network.State"/> that each shares. Default: none.
    /// </summary>
    public virtual IReadOnlyDictionary<string, string> Tied => new Dictionary<string, string>();

    /// <summary>The name of the table of token embeddings, with a row for each entry of the vocabulary; null where there is none.</summary>
    public virtual string? WordEmbeddingName => null;

    /// <summary>
    /// Whether an entry of a checkpoint has no place in this network and is known to need none: a buffer that the network computes itself,
    /// or the head of another task. Any other entry without a place is refused. Default: none is.
    /// </summary>
    /// <param name="name">The entry's name, with the prefix of the backbone.</param>
    public virtual bool IsIgnored(string name) => false;

    /// <summary>
    /// Gives the network another head in place: memory is allocated, but not filled, and lies on the CPU. The old head is disposed.
    /// </summary>
    /// <inheritdoc/>
    public sealed override IReadOnlyList<string> ResetHead(HeadSpec head)
    {
        RequireKind(head);
        Head = head;
        IReadOnlyList<string> others = PrepareBackbone(head);
        ChangeHead(BuildHead(head));
        return [.. HeadNames, .. others];
    }

    /// <summary>Registers the fields of the subclass and then its first head: the end of every constructor.</summary>
    protected void BuildFirstHead()
    {
        RequireKind(Head);
        PrepareBackbone(Head);
        RegisterComponents();
        ChangeHead(BuildHead(Head));
    }

    /// <summary>
    /// The modules of a head, in the order in which they run, allocated but not filled: an empty list where the network gives its features.
    /// Modules without weights, such as dropout, belong to it.
    /// </summary>
    /// <param name="head">The head, of one of the kinds of <see cref="HeadKinds"/>.</param>
    protected abstract IReadOnlyList<(string Name, nn.Module<Tensor, Tensor> Module)> BuildHead(HeadSpec head);

    /// <summary>Adds or takes away what the backbone only has for some heads: BERT's pooler. Default: nothing.</summary>
    /// <param name="head">The head to come.</param>
    /// <returns>The names of modules that are new.</returns>
    protected virtual IReadOnlyList<string> PrepareBackbone(HeadSpec head) => [];

    /// <summary>Whether a name lies below one of some prefixes, whole name parts.</summary>
    private protected static bool IsUnder(string name, params IReadOnlyList<string> prefixes) => new NetworkStage("", prefixes).Holds(name);

    /// <summary>
    /// Fills one module's own weights; see <see cref="Network.Initialize(long)"/>. Overridden for modules of the architecture's own.
    /// </summary>
    /// <param name="name">The module's full name.</param>
    /// <param name="module">The module.</param>
    /// <param name="generator">Where random values come from.</param>
    protected override void InitializeModule(string name, nn.Module module, Generator generator)
    {
        double deviation = Config.Number("initializer_range", Config.Number("init_std", 0.02));
        switch (module)
        {
            case Embedding embedding:
                embedding.Weight.normal_(0, deviation, generator);
                if (embedding.Padding is { } padding)
                {
                    using Tensor row = embedding.Weight[padding];
                    row.zero_();
                }

                break;
            case WeightLayer layer:
                LayerInitializers.Normal(layer, deviation, generator);
                break;
            case TiedLinear output:
                output.Bias?.zero_();
                break;
            case VocabularyHead head:
                head.Bias.zero_();
                break;
            default:
                LayerInitializers.Default(module, generator);
                break;
        }
    }
}
