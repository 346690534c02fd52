using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TransferLearning.Layers;

/// <summary>One layer of BART's and Marian's encoder or decoder: attentions and two dense layers, each followed by a norm.</summary>
internal sealed class PostNormLayer : nn.Module
{
    private readonly Func<Tensor, Tensor> _activation;
    private readonly bool _causal;

    [ComponentName(Name = "self_attn")]
    private readonly CrossAttention _own;

    [ComponentName(Name = "self_attn_layer_norm")]
    private readonly LayerNorm _ownNorm;

    [ComponentName(Name = "encoder_attn")]
    private readonly CrossAttention? _source;

    [ComponentName(Name = "encoder_attn_layer_norm")]
    private readonly LayerNorm? _sourceNorm;

    [ComponentName(Name = "fc1")]
    private readonly Linear _first;

    [ComponentName(Name = "fc2")]
    private readonly Linear _second;

    [ComponentName(Name = "final_layer_norm")]
    private readonly LayerNorm _norm;

    [ComponentName(Name = "dropout")]
    private readonly Dropout _dropout;

    [ComponentName(Name = "activation_dropout")]
    private readonly Dropout _innerDropout;

    /// <summary>Makes a layer.</summary>
    /// <param name="config">The numbers of the architecture.</param>
    /// <param name="decoder">Whether it writes: sees nothing later, and attends to what was read.</param>
    public PostNormLayer(ModelConfig config, bool decoder)
        : base(nameof(PostNormLayer))
    {
        string side = decoder ? "decoder" : "encoder";
        (int width, int hidden) = (config.Size("d_model"), config.Size($"{side}_ffn_dim"));
        int heads = config.Size($"{side}_attention_heads");
        double attentionDropout = config.Probability("attention_dropout", 0);
        _causal = decoder;
        _activation = ActivationFunctions.Named(config.Text("activation_function", "gelu"));
        _own = new CrossAttention(width, heads, attentionDropout);
        _ownNorm = new LayerNorm(width);
        _source = decoder ? new CrossAttention(width, heads, attentionDropout) : null;
        _sourceNorm = decoder ? new LayerNorm(width) : null;
        _first = new Linear(width, hidden);
        _second = new Linear(hidden, width);
        _norm = new LayerNorm(width);
        _dropout = new Dropout(config.Probability("dropout", 0.1));
        _innerDropout = new Dropout(config.Probability("activation_dropout", 0));
        RegisterComponents();
    }

    /// <summary>[N, L, D] to [N, L, D].</summary>
    /// <param name="input">Stays the caller's.</param>
    /// <param name="mask">Added to the scores of attention to itself; null for none but, in a decoder, the causal one.</param>
    /// <param name="source">What the encoder gave, for a decoder.</param>
    /// <param name="sourceMask">Added to the scores of attention to it; null for none.</param>
    /// <param name="own">What came before; null for nothing.</param>
    /// <param name="read">Keys and values of the source; null to work them out.</param>
    public Tensor Forward(
        Tensor input, Tensor? mask, Tensor? source = null, Tensor? sourceMask = null, AttentionCache? own = null, AttentionCache? read = null)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = _ownNorm.call(input.add(_dropout.call(_own.ToItself(input, mask, _causal, own))));
        if (_source is not null)
        {
            x = _sourceNorm!.call(x.add(_dropout.call(_source.ToSource(x, source!, sourceMask, read))));
        }

        Tensor fed = _second.call(_innerDropout.call(_activation(_first.call(x))));
        return _norm.call(x.add(_dropout.call(fed))).MoveToOuterDisposeScope();
    }
}
