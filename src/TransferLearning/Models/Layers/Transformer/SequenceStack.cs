namespace TransferLearning.Layers;

/// <summary>
/// The encoder or the decoder of an encoder-decoder: embeddings with positions, layers, and norms where the architecture has them.
/// </summary>
internal sealed class SequenceStack
{
    private readonly bool _isDecoder;
    private readonly int _unusedRows;
    private readonly TransformerStack _layers;
    private readonly Dropout _dropout;

    /// <summary>Makes a stack.</summary>
    /// <param name="tree">Where its modules are registered.</param>
    /// <param name="isDecoder">Whether it writes.</param>
    /// <param name="tokens">A table of token embeddings of its own; null where it shares one.</param>
    /// <param name="learnedPositions">The most positions of a table of learned ones; null for none.</param>
    /// <param name="unusedRows">How many rows at the beginning of that table nothing uses.</param>
    /// <param name="name">The name before the layers' numbers.</param>
    /// <param name="count">How many layers there are.</param>
    /// <param name="layer">What they are like.</param>
    /// <param name="dropout">The dropout of embeddings.</param>
    public SequenceStack(
        ModuleTree tree, bool isDecoder, Embedding? tokens, int? learnedPositions, int unusedRows, string name, int count,
        TransformerLayerOptions layer, double dropout)
    {
        (_isDecoder, _unusedRows, Tokens) = (isDecoder, unusedRows, tokens is null ? null : tree.Put("embed_tokens", tokens));
        LearnedPositions = learnedPositions is { } rows ? tree.Put("embed_positions", new Embedding(rows + unusedRows, layer.Width)) : null;
        _layers = new TransformerStack(tree, name, count, layer);
        _dropout = tree.Put("dropout", new Dropout(dropout));
    }

    /// <summary>The table of token embeddings of its own, or null.</summary>
    public Embedding? Tokens { get; }

    /// <summary>How many layers there are.</summary>
    public int LayerCount => _layers.Count;

    /// <summary>What embeddings are multiplied by.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>The most positions; null for no limit.</summary>
    public int? Limit { get; init; }

    /// <summary>Whether positions are sines.</summary>
    public bool HasSines { get; init; }

    /// <summary>A norm of the embeddings, or null.</summary>
    public LayerNorm? EmbeddingNorm { get; init; }

    /// <summary>A norm after the last layer, or null.</summary>
    public nn.Module<Tensor, Tensor>? LastNorm { get; init; }

    /// <summary>Whether there is dropout after the last norm.</summary>
    public bool DropsLast { get; init; }

    /// <summary>The probability that training skips a layer; see <see cref="TransformerStack.LayerDrop"/>.</summary>
    public double LayerDrop { init => _layers.LayerDrop = value; }

    /// <summary>T5's learned numbers for distances, which are added to the scores of every layer, or null.</summary>
    public (RelativeBuckets Buckets, Embedding Numbers)? Distances { get; private set; }

    private Embedding? LearnedPositions { get; }

    /// <summary>Gives the first layer the numbers for distances, under a name.</summary>
    public void AddDistances(string name, RelativeBuckets buckets, Embedding numbers)
        => Distances = (buckets, _layers.First.Put(name, numbers));

    /// <summary>Token numbers to hidden states, [N, L] to [N, L, D].</summary>
    /// <param name="tokens">The table of token embeddings.</param>
    /// <param name="ids">int64.</param>
    /// <param name="mask">Which tokens are no padding, in the encoder; null for all.</param>
    /// <param name="source">What the encoder gave; null in the encoder.</param>
    /// <param name="sourceMask">Which of its positions are no padding; null for all.</param>
    /// <param name="cache">What came before; null for nothing.</param>
    /// <param name="observe">Given what each layer gives.</param>
    public Tensor Forward(
        Embedding tokens, Tensor ids, Tensor? mask, Tensor? source = null, Tensor? sourceMask = null, DecoderCache? cache = null,
        Action<Tensor>? observe = null)
    {
        using DisposeScope scope = NewDisposeScope();
        (long past, long length) = (cache?.Length ?? 0, ids.size(1));
        if (Limit is { } limit && past + length > limit)
        {
            throw new ArgumentException(
                $"The network was given {past + length} tokens and has {limit} positions (max_position_embeddings): shorten the text.",
                nameof(ids));
        }

        Tensor x = tokens.call(ids);
        x = Scale == 1 ? x : x.Multiply(Scale);
        x = Positions(past, length, x) is { } positions ? x.Add(positions) : x;
        x = _dropout.call(EmbeddingNorm?.call(x) ?? x);
        x = _layers.Run(x, Scores(past, length, mask, ids.device), source, AttentionMask.Padding(sourceMask), cache, observe);
        x = LastNorm is null ? x : LastNorm.call(x);
        return (DropsLast ? _dropout.call(x) : x).MoveToOuterDisposeScope();
    }

    private Tensor? Positions(long first, long count, Tensor like)
        => LearnedPositions is not null
            ? LearnedPositions.call(Scalars.Range(first + _unusedRows, first + _unusedRows + count, int64, like.device))
            : HasSines ? Sinusoids.Rows(first, count, like.size(2), like.dtype, like.device)
            : null;

    /// <summary>What is added to the scores: the number of each distance, and what keeps a query from later tokens and padding.</summary>
    private Tensor? Scores(long past, long length, Tensor? mask, torch.Device device)
    {
        if (Distances is not { } distances)
        {
            return _isDecoder ? AttentionMask.Causal(past, length, null, device) : AttentionMask.Padding(mask);
        }

        Tensor numbers = distances.Buckets.Between(past, length, past + length, device);
        Tensor scores = distances.Numbers.call(numbers).permute(2, 0, 1).unsqueeze(0); // [1, heads, queries, keys]
        Tensor? blocked = _isDecoder && length > 1 ? AttentionMask.Later(past, length, device) : AttentionMask.Padding(mask);
        return (blocked is null ? scores : scores.Add(blocked)).contiguous();
    }
}
