namespace TransferLearning.Layers;

/// <summary>
/// One layer of a transformer: attention to itself, in a decoder attention to what was read, and a feed-forward network. Weights are
/// allocated but not filled.
/// </summary>
internal sealed class TransformerLayer : ModuleTree, ITransformerBlock
{
    private readonly bool _normsFirst;
    private readonly Func<Tensor, Tensor> _activation;
    private readonly Dictionary<LayerPart, nn.Module<Tensor, Tensor>> _parts = [];
    private readonly MultiHeadAttention _own;
    private readonly MultiHeadAttention? _source;
    private readonly Dropout _attentionDropout;
    private readonly Dropout _innerDropout;
    private readonly Dropout _dropout;

    /// <summary>Makes a layer.</summary>
    public TransformerLayer(TransformerLayerOptions options) : base(nameof(TransformerLayer))
    {
        (_normsFirst, _activation) = (options.NormsFirst, options.Activation);
        (Width, Heads, HeadWidth) = (options.Width, options.Heads, options.HeadWidth ?? options.Width / options.Heads);
        Branches = new AdapterPlace<BlockBranch>(this, ClearModules);
        foreach ((LayerPart part, string name) in options.Names)
        {
            _parts.Add(part, Put(name, Make(part, options)));
        }

        Dropout weights = Put("weight_dropout", new Dropout(options.WeightDropout));
        _attentionDropout = Put("attention_dropout", new Dropout(options.AttentionDropout));
        _innerDropout = Put("inner_dropout", new Dropout(options.InnerDropout));
        _dropout = Put("last_dropout", new Dropout(options.Dropout));
        _own = new MultiHeadAttention(
            Weights(LayerPart.Query), Weights(LayerPart.Key), Weights(LayerPart.Value), Weights(LayerPart.Projections),
            Weights(LayerPart.Output)!, options, weights, () => Branches.Active);
        _source = Weights(LayerPart.SourceOutput) is { } output
            ? new MultiHeadAttention(
                Weights(LayerPart.SourceQuery),
                Weights(LayerPart.SourceKey),
                Weights(LayerPart.SourceValue),
                null,
                output,
                options,
                weights)
            : null;
    }

    public AdapterPlace<BlockBranch> Branches { get; }

    public long Width { get; }

    public long Heads { get; }

    public long HeadWidth { get; }

    public bool ReadsSource => _source is not null;

    /// <summary>[N, L, D] to [N, L, D].</summary>
    /// <param name="input">Stays the caller's.</param>
    /// <param name="mask">Added to the scores of attention to itself; null for none but, in a causal layer, that of later keys.</param>
    /// <param name="source">What the encoder gave, for a decoder.</param>
    /// <param name="sourceMask">Added to the scores of attention to it; null for none.</param>
    /// <param name="own">What came before; null for nothing.</param>
    /// <param name="read">Keys and values of the source; null to compute them.</param>
    public Tensor Run(
        Tensor input, Tensor? mask, Tensor? source = null, Tensor? sourceMask = null, AttentionCache? own = null,
        AttentionCache? read = null)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = Join(input, LayerPart.Norm, h => _attentionDropout.call(_own.ToItself(h, mask, own)));
        x = _source is null
            ? x
            : Join(x, LayerPart.SourceNorm, h => _attentionDropout.call(_source.ToSource(h, source!, sourceMask, read)));
        return Join(x, LayerPart.LastNorm, h => _dropout.call(FeedForward(h))).MoveToOuterDisposeScope();
    }

    private Tensor Join(Tensor x, LayerPart norm, Func<Tensor, Tensor> part)
    {
        Tensor output = part(_normsFirst ? _parts[norm].call(x) : x);
        output = Branches.Active?.After(norm, output, x, _normsFirst ? null : _parts[norm]) ?? output;
        return _normsFirst ? x.Add(output) : _parts[norm].call(x.Add(output));
    }

    private Tensor FeedForward(Tensor x)
    {
        Tensor inner = _activation(_parts[LayerPart.First].call(x));
        inner = _parts.TryGetValue(LayerPart.Gate, out nn.Module<Tensor, Tensor>? gate) ? inner.mul(gate.call(x)) : inner;
        return _parts[LayerPart.Second].call(_innerDropout.call(inner));
    }

    private WeightLayer? Weights(LayerPart part)
        => _parts.TryGetValue(part, out nn.Module<Tensor, Tensor>? module) ? (WeightLayer)module : null;

    private static nn.Module<Tensor, Tensor> Make(LayerPart part, TransformerLayerOptions options)
    {
        long heads = options.HeadWidth * options.Heads ?? options.Width;
        return part switch
        {
            LayerPart.Norm or LayerPart.SourceNorm or LayerPart.LastNorm => options.Norm(),
            LayerPart.Projections => Linear(options.Width, 3 * heads),
            LayerPart.Output or LayerPart.SourceOutput => Linear(heads, options.Width),
            LayerPart.First or LayerPart.Gate => Linear(options.Width, options.Inner),
            LayerPart.Second => Linear(options.Inner, options.Width),
            _ => Linear(options.Width, heads),
        };

        WeightLayer Linear(long inputs, long outputs)
            => options.StoresInputsFirst ? new TransposedLinear(inputs, outputs)
                : new Linear(inputs, outputs, options.HasBias && !options.WithoutBias.Contains(part));
    }
}
