using TorchSharp;
using Parameter = TorchSharp.Modules.Parameter;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TransferLearning.Layers;

/// <summary>The encoder or the decoder of BART and Marian, which differ in where positions come from and in a norm after the embeddings.</summary>
internal sealed class PostNormStack : nn.Module
{
    // BART's table of learned positions begins with two rows that nothing uses.
    private const int UnusedRows = 2;

    private readonly double _scale;
    private readonly int _limit;

    [ComponentName(Name = "embed_tokens")]
    private readonly Embedding? _tokens;

    [ComponentName(Name = "embed_positions")]
    private readonly Embedding? _learnedPositions;

    [ComponentName(Name = "layers")]
    private readonly TorchSharp.Modules.ModuleList<PostNormLayer> _layers;

    [ComponentName(Name = "layernorm_embedding")]
    private readonly LayerNorm? _norm;

    [ComponentName(Name = "dropout")]
    private readonly Dropout _dropout;

    /// <summary>Makes a stack.</summary>
    /// <param name="config">The numbers of the architecture.</param>
    /// <param name="decoder">Whether it writes.</param>
    /// <param name="learned">Whether positions are learned and embeddings normalised, as in BART; if not, positions are sines, as in Marian.</param>
    /// <param name="tokens">The stack's own table of token embeddings; null where it shares one.</param>
    public PostNormStack(ModelConfig config, bool decoder, bool learned, Embedding? tokens = null)
        : base(nameof(PostNormStack))
    {
        _tokens = tokens;
        int width = config.Size("d_model");
        _scale = config.Flag("scale_embedding", false) ? Math.Sqrt(width) : 1;
        _limit = config.Size("max_position_embeddings", 1024);
        _learnedPositions = learned ? new Embedding(_limit + UnusedRows, width) : null;
        int layers = config.Size(decoder ? "decoder_layers" : "encoder_layers");
        _layers = new TorchSharp.Modules.ModuleList<PostNormLayer>([.. Enumerable.Range(0, layers).Select(_ => new PostNormLayer(config, decoder))]);
        _norm = learned ? new LayerNorm(width) : null;
        _dropout = new Dropout(config.Probability("dropout", 0.1));
        RegisterComponents();
    }

    public Embedding? Tokens => _tokens;

    public int LayerCount => _layers.Count;

    /// <summary>Token numbers to hidden states, [N, L] to [N, L, D].</summary>
    /// <param name="tokens">The table of token embeddings.</param>
    /// <param name="ids">int64.</param>
    /// <param name="mask">Added to the scores of attention to itself; null for none but, in a decoder, the causal one.</param>
    /// <param name="source">What the encoder gave; null in the encoder.</param>
    /// <param name="sourceMask">Added to the scores of attention to it; null for none.</param>
    /// <param name="cache">What came before; null for nothing.</param>
    /// <param name="observe">Told what each layer gives.</param>
    public Tensor Forward(
        Embedding tokens, Tensor ids, Tensor? mask, Tensor? source = null, Tensor? sourceMask = null, DecoderCache? cache = null, Action<Tensor>? observe = null)
    {
        using DisposeScope scope = NewDisposeScope();
        long past = cache?.Length ?? 0;
        Tensor x = tokens.call(ids).mul(_scale).add(Positions(tokens.Weight, past, ids.size(1)));
        x = _dropout.call(_norm is null ? x : _norm.call(x));
        for (int i = 0; i < _layers.Count; i++)
        {
            (PostNormLayer layer, AttentionCache? own, AttentionCache? read) = (_layers[i], cache?.Own(i), source is null ? null : cache?.Read(i));
            x = TrainingPass.Run(
                layer, (input, others) => layer.Forward(input, others[0], others[1], others[2], own, read), x, mask, source, sourceMask);
            observe?.Invoke(x);
        }

        return x.MoveToOuterDisposeScope();
    }

    private Tensor Positions(Tensor like, long first, long count)
    {
        if (first + count > _limit)
        {
            throw new ArgumentException($"The network was given {first + count} tokens and has {_limit} positions (max_position_embeddings): shorten the text.");
        }

        return _learnedPositions is null
            ? Sinusoids.Rows(first, count, like.size(1), like.dtype, like.device)
            : _learnedPositions.call(arange(first + UnusedRows, first + UnusedRows + count, int64, like.device));
    }
}
