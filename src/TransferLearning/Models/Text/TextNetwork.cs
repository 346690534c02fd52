using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>
/// A text network: a backbone that turns tokens into features, and the head of its task. Parameter names are Hugging Face's, so that
/// published checkpoints load as they are.
/// </summary>
/// <remarks>
/// A subclass is sealed, builds its modules with memory allocated but not filled, and ends its constructor with
/// <see cref="BuildFirstHead"/>. A parameter that two places share is registered once, and <see cref="Tied"/> names the other place. Tensors
/// that the methods return are the caller's to dispose.
/// </remarks>
public abstract class TextNetwork : Network
{
    /// <summary>Makes a network.</summary>
    /// <param name="name">The architecture's name.</param>
    /// <param name="config">Its numbers.</param>
    /// <param name="head">Its head.</param>
    protected TextNetwork(string name, ModelConfig config, HeadSpec head)
        : base(name) => (Config, Head) = (config, head);

    /// <summary>The numbers it was built from.</summary>
    public ModelConfig Config { get; }

    /// <summary>The head that it has now.</summary>
    public HeadSpec Head { get; private set; }

    /// <summary>The most tokens a text may have; null where the network sets no limit.</summary>
    public virtual int? MaximumLength => null;

    /// <inheritdoc/>
    public sealed override HeadKind HeadKind => Head.Kind;

    /// <inheritdoc/>
    public abstract override IReadOnlyList<HeadKind> HeadKinds { get; }

    /// <summary>What the names of the backbone's parameters begin with, and names of a checkpoint without a head lack: <c>bert.</c>; may be empty.</summary>
    public abstract string BackbonePrefix { get; }

    /// <summary>
    /// The beginnings of further names that a checkpoint may lack, whole name parts: BERT's pooler, which not every head has. Default: none.
    /// </summary>
    public virtual IReadOnlyList<string> OptionalNames => [];

    /// <summary>The name of the table of word vectors, with a row for each token of the vocabulary.</summary>
    public abstract string WordEmbeddingName { get; }

    /// <summary>Names that checkpoints may hold, and the parameter of <see cref="Network.State"/> that each shares. Default: none.</summary>
    public virtual IReadOnlyDictionary<string, string> Tied => new Dictionary<string, string>();

    /// <summary>Whether an entry of a checkpoint is passed over silently: buffers, heads of another task. Default: none is.</summary>
    /// <param name="name">The entry's name, with the prefix of the backbone.</param>
    public virtual bool IsIgnored(string name) => false;

    /// <summary>The last hidden state, [N, L, <see cref="Network.FeatureCount"/>]; an encoder-decoder's is the encoder's.</summary>
    /// <param name="inputs">The texts; they stay the caller's.</param>
    public abstract Tensor ForwardHidden(TokenInput inputs);

    /// <summary>
    /// One vector for each text as the sequence classifier sees it, [N, <see cref="Network.FeatureCount"/>]. Default: the first token's hidden state.
    /// </summary>
    /// <param name="hidden">The last hidden state, [N, L, D]; it stays the caller's.</param>
    /// <param name="inputs">The texts it belongs to.</param>
    public virtual Tensor Pool(Tensor hidden, TokenInput inputs)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        using Tensor first = hidden.select(1, 0);
        return first.clone();
    }

    /// <inheritdoc/>
    public sealed override Tensor ForwardFeatures(ModelInput input)
        => input is TokenInput tokens
            ? HeadFeatures(tokens)
            : throw new ArgumentException($"{GetName()} takes tokens ({nameof(TokenInput)}), not {input?.GetType().Name ?? "null"}.", nameof(input));

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
    /// The modules of a head, in the order in which they run, allocated but not filled: an empty list where the network gives its features. Modules without
    /// weights, such as dropout, belong to it.
    /// </summary>
    /// <param name="head">The head, of one of the kinds of <see cref="HeadKinds"/>.</param>
    protected abstract IReadOnlyList<(string Name, nn.Module<Tensor, Tensor> Module)> BuildHead(HeadSpec head);

    /// <summary>Adds or takes away what the backbone only has for some heads: BERT's pooler. Default: nothing.</summary>
    /// <param name="head">The head to come.</param>
    /// <returns>The names of modules that are new.</returns>
    protected virtual IReadOnlyList<string> PrepareBackbone(HeadSpec head) => [];

    /// <summary>What enters the head. Default: <see cref="Pool"/>'s vectors where it gives one for each text, else the last hidden state.</summary>
    /// <param name="input">The texts; they stay the caller's.</param>
    protected virtual Tensor HeadFeatures(TokenInput input)
    {
        if (HeadKind != HeadKind.Pooled)
        {
            return ForwardHidden(input);
        }

        using Tensor hidden = ForwardHidden(input);
        return Pool(hidden, input);
    }

    /// <summary>Fills one module's own weights; see <see cref="Network.Initialize(long)"/>. Overridden for modules of the architecture's own.</summary>
    /// <param name="name">The module's full name.</param>
    /// <param name="module">The module.</param>
    /// <param name="generator">Where draws come from.</param>
    protected override void InitializeModule(string name, nn.Module module, Generator generator)
    {
        double deviation = Config.Number("initializer_range", 0.02);
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
            case IWeightedLayer layer:
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
