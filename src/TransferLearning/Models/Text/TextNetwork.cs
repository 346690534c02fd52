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
public abstract class TextNetwork : nn.Module<TextInputs, Tensor>
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

    /// <summary>How many numbers describe a token where the head begins.</summary>
    public abstract int FeatureCount { get; }

    /// <summary>The most tokens a text may have; null where the network sets no limit.</summary>
    public virtual int? MaximumLength => null;

    /// <summary>
    /// The parts from the first to the last before the head, for freezing and layer-wise rates: <c>embeddings</c>, <c>layer.0</c>, …
    /// </summary>
    public abstract IReadOnlyList<NetworkStage> Stages { get; }

    /// <summary>What the names of the backbone's parameters begin with, and names of a checkpoint without a head lack: <c>bert.</c>; may be empty.</summary>
    public abstract string BackbonePrefix { get; }

    /// <summary>
    /// The beginnings of the head's parameter names, whole name parts: what a new head fills and <c>FreezeBackbone</c> leaves trainable.
    /// A checkpoint may lack them. Default: none.
    /// </summary>
    public virtual IReadOnlyList<string> HeadNames => [];

    /// <summary>
    /// The beginnings of further names that a checkpoint may lack, whole name parts: BERT's pooler, which not every head has. Default: none.
    /// </summary>
    public virtual IReadOnlyList<string> OptionalNames => [];

    /// <summary>The name of the table of word vectors, with a row for each token of the vocabulary.</summary>
    public abstract string WordEmbeddingName { get; }

    /// <summary>Names that checkpoints may hold, and the parameter of <see cref="State"/> that each shares. Default: none.</summary>
    public virtual IReadOnlyDictionary<string, string> Tied => new Dictionary<string, string>();

    /// <summary>How the names of older checkpoints become today's; a map without rules unless the architecture has had other names.</summary>
    public virtual KeyMap CheckpointNames => KeyMap.Empty;

    /// <summary>Whether an entry of a checkpoint is passed over silently: buffers, heads of another task. Default: none is.</summary>
    /// <param name="name">The entry's name, with the prefix of the backbone.</param>
    public virtual bool IsIgnored(string name) => false;

    /// <summary>The last hidden state, [N, L, <see cref="FeatureCount"/>]; an encoder-decoder's is the encoder's.</summary>
    /// <param name="inputs">The texts; they stay the caller's.</param>
    public abstract Tensor ForwardFeatures(TextInputs inputs);

    /// <summary>
    /// One vector for each text as the sequence classifier sees it, [N, <see cref="FeatureCount"/>]. Default: the first token's hidden state.
    /// </summary>
    /// <param name="hidden">The last hidden state, [N, L, D]; it stays the caller's.</param>
    /// <param name="inputs">The texts it belongs to.</param>
    public virtual Tensor Pool(Tensor hidden, TextInputs inputs)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        using Tensor first = hidden.select(1, 0);
        return first.clone();
    }

    /// <summary>
    /// What the sequence classifier makes of <see cref="Pool"/>'s vectors, [N, <see cref="Labels"/>]. Default: there is no such head.
    /// </summary>
    /// <param name="pooled">[N, <see cref="FeatureCount"/>]; they stay the caller's.</param>
    /// <exception cref="NotSupportedException">The network is for another task.</exception>
    public virtual Tensor ForwardHead(Tensor pooled) => throw new NotSupportedException($"{GetName()} for {Task} has no head for whole texts.");

    /// <summary>What the network answers for its task, see <see cref="TextTask"/>; without a head the last hidden state. Call it by <c>call</c>.</summary>
    /// <param name="input">The texts; they stay the caller's.</param>
    public abstract override Tensor forward(TextInputs input);

    /// <summary>
    /// Fills every weight as the authors do before training from scratch: N(0, <c>initializer_range</c>), biases 0, norms 1 and 0, the vector
    /// of padding 0. Draws come from the seed alone.
    /// </summary>
    public void Initialize(long seed) => Initialize(seed, _ => true);

    /// <summary>Everything a checkpoint holds of this network: parameters and buffers, module by module, tied ones once.</summary>
    /// <returns>Names and the network's own tensors, which stay the network's.</returns>
    public IReadOnlyList<KeyValuePair<string, Tensor>> State() => ModuleState.Of(this);

    /// <summary>Fills the weights of the modules that a condition on their names chooses, each with draws of its own.</summary>
    internal void Initialize(long seed, Func<string, bool> isChosen)
    {
        // What an in-place call gives back is a tensor too, and would live until the garbage collector finds it.
        using IDisposable scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        int number = 0;
        foreach ((string name, nn.Module module) in named_modules())
        {
            number++;
            if (isChosen(name))
            {
                using Generator generator = new(new SeededRandom(seed, 0, number).NextUInt64());
                InitializeModule(name, module, generator);
            }
        }
    }

    /// <summary>Whether a parameter belongs to the head.</summary>
    internal bool IsInHead(string name) => HeadNames.Any(head => new NetworkStage(head).Holds(name));

    /// <summary>Fills one module's own weights; see <see cref="Initialize(long)"/>. Overridden for modules of the architecture's own.</summary>
    /// <param name="name">The module's full name.</param>
    /// <param name="module">The module.</param>
    /// <param name="generator">Where draws come from.</param>
    protected virtual void InitializeModule(string name, nn.Module module, Generator generator)
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
