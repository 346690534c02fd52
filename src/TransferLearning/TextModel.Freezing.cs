namespace TransferLearning;

public sealed partial class TextModel
{
    /// <summary>The low-rank additions, or null.</summary>
    internal LoraOptions? Lora { get; private set; }

    /// <summary>Whether the network has low-rank additions.</summary>
    public bool HasLora => Lora is not null;

    /// <summary>Freezes everything but the head and low-rank additions: training changes nothing else, and dropout in the frozen part is off.</summary>
    public TextModel FreezeBackbone()
    {
        ThrowIfDisposed();
        SetTrainable(name => Module.IsInHead(name) || _fresh.Contains(name) || LoraPlan.IsLoraWeight(name));
        return this;
    }

    /// <summary>Freezes the vectors of words, positions and types; everything else stays as it is. Saves much memory where the vocabulary is large.</summary>
    public TextModel FreezeEmbeddings()
    {
        ThrowIfDisposed();
        NetworkStage embeddings = Module.Stages[0];
        foreach ((string name, TorchSharp.Modules.Parameter parameter) in Module.named_parameters().Where(entry => embeddings.Holds(entry.name)))
        {
            parameter.requires_grad = false;
        }

        return this;
    }

    /// <summary>Makes everything trainable.</summary>
    public TextModel Unfreeze()
    {
        ThrowIfDisposed();
        SetTrainable(_ => true);
        return this;
    }

    /// <summary>Freezes the stages before one and makes it and everything after it trainable, the head too.</summary>
    /// <param name="stage">A name of <see cref="Network.Stages"/>: <c>layer.8</c>.</param>
    /// <exception cref="ArgumentException">There is no such stage; the message lists them.</exception>
    public TextModel UnfreezeFrom(string stage)
    {
        ThrowIfDisposed();
        IReadOnlyList<NetworkStage> frozen = StageGroups.Before(stage, Module.Stages, Architecture);
        SetTrainable(name => !frozen.Any(part => part.Holds(name)));
        return this;
    }

    /// <summary>
    /// Trains earlier layers more slowly: each stage's learning rate is the next one's times <paramref name="factor"/>, the head's the full one
    /// (Howard and Ruder, 2018).
    /// </summary>
    /// <param name="factor">Above 0, at most 1; 0.9 is usual.</param>
    public TextModel WithLayerDecay(double factor)
    {
        ThrowIfDisposed();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(factor);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(factor, 1);
        _layerDecay = factor;
        return this;
    }

    /// <summary>
    /// Freezes the network and gives chosen layers low-rank additions, y = W x + b + (alpha / rank) B A x, of which only A and B are trained, and
    /// the head (Hu et al., 2021). At first they change nothing: B begins at 0, A as a linear layer of PyTorch.
    /// </summary>
    /// <param name="rank">The rank of each addition.</param>
    /// <param name="alpha">What the additions are scaled by, together with the rank.</param>
    /// <param name="dropout">The probability with which an input of an addition is dropped in training.</param>
    /// <param name="targets">The last parts of the layers' names, such as <c>query</c> or <c>attention.self.query</c>; null means attention's queries and values.</param>
    /// <param name="seed">What fixes the draws of A.</param>
    /// <exception cref="ArgumentException">No layer has such a name; the message lists the names.</exception>
    /// <exception cref="InvalidOperationException">There are additions already.</exception>
    public TextModel WithLora(int rank = 8, double alpha = 16, double dropout = 0, IReadOnlyList<string>? targets = null, long seed = 0)
    {
        ThrowIfDisposed();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rank);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(alpha);
        ArgumentOutOfRangeException.ThrowIfNegative(dropout);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(dropout, 1);
        LoraOptions options = new() { Rank = rank, Alpha = alpha, Dropout = dropout, Targets = targets ?? LoraOptions.QueriesAndValues };
        return WithLora(options, seed);
    }

    /// <summary>The same with all that can be chosen.</summary>
    /// <param name="options">Which layers, and of what kind.</param>
    /// <param name="seed">What fixes the values of A.</param>
    /// <exception cref="ArgumentException">No layer has such a name; the message lists the names.</exception>
    /// <exception cref="InvalidOperationException">There are LoRA weights already.</exception>
    public TextModel WithLora(LoraOptions options, long seed = 0)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(options);
        if (Lora is not null)
        {
            throw new InvalidOperationException("The network has LoRA weights already; call MergeLora or RemoveLora first.");
        }

        LoraPlan.Attach(Module, options, seed);
        Lora = options;
        return FreezeBackbone();
    }

    /// <summary>Folds the low-rank additions into the weights: the model computes the same, up to rounding, with the layers it began with.</summary>
    public TextModel MergeLora()
    {
        ThrowIfDisposed();
        LoraPlan.Merge(Module);
        Lora = null;
        return this;
    }

    /// <summary>Takes the low-rank additions off without folding them in: the weights are what they were before.</summary>
    public TextModel RemoveLora()
    {
        ThrowIfDisposed();
        LoraPlan.Remove(Module);
        Lora = null;
        return this;
    }

    private void SetTrainable(Func<string, bool> isTrained)
    {
        foreach ((string name, TorchSharp.Modules.Parameter parameter) in Module.named_parameters())
        {
            parameter.requires_grad = isTrained(name);
        }
    }
}
