using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>
/// A text network: a backbone that turns tokens into features, and the head of its task. Parameter names are Hugging Face's, so that
/// published checkpoints load as they are.
/// </summary>
/// <remarks>
/// A subclass is sealed, builds its modules with memory allocated but not filled, and ends its constructor with
/// <c>RegisterComponents()</c>. A parameter that two places share is registered once, and <see cref="Tied"/> names the other place. Tensors
/// that the methods return are the caller's to dispose.
/// </remarks>
public abstract class TextNetwork : Network
{
    /// <summary>Makes a network.</summary>
    /// <param name="name">The architecture's name.</param>
    /// <param name="config">Its numbers.</param>
    /// <param name="task">What it is for.</param>
    /// <param name="labels">How many labels the head has; without meaning for language models.</param>
    protected TextNetwork(string name, TextConfig config, TextTask task, int labels)
        : base(name) => (Config, Task, Labels) = (config, task, labels);

    /// <summary>The numbers it was built from.</summary>
    public TextConfig Config { get; }

    /// <summary>What it is for.</summary>
    public TextTask Task { get; }

    /// <summary>How many labels the head has; without meaning for language models.</summary>
    public int Labels { get; }

    /// <summary>The most tokens a text may have; null where the network sets no limit.</summary>
    public virtual int? MaximumLength => null;

    /// <inheritdoc/>
    public override HeadKind HeadKind => Task switch
    {
        TextTask.SequenceClassification => HeadKind.Pooled,
        TextTask.TokenClassification => HeadKind.Tokens,
        TextTask.QuestionAnswering => HeadKind.Spans,
        TextTask.Features => HeadKind.None,
        _ => HeadKind.Vocabulary,
    };

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
            default:
                LayerInitializers.Default(module, generator);
                break;
        }
    }
}
