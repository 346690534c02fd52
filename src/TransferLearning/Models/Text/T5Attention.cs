using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>T5's multi-head attention: no biases, scores that are not scaled, and a learned number for each distance that is added to them.</summary>
internal sealed class T5Attention : nn.Module
{
    private readonly long _heads;
    private readonly double _unscale;

    [ComponentName(Name = "q")]
    private readonly Linear _queries;

    [ComponentName(Name = "k")]
    private readonly Linear _keys;

    [ComponentName(Name = "v")]
    private readonly Linear _values;

    [ComponentName(Name = "o")]
    private readonly Linear _output;

    [ComponentName(Name = "relative_attention_bias")]
    private readonly Embedding? _distances;

    [ComponentName(Name = "dropout")]
    private readonly Dropout _dropout;

    /// <summary>Makes an attention.</summary>
    /// <param name="config">The numbers of the architecture.</param>
    /// <param name="hasDistances">Whether it holds the numbers for distances, which all layers of a stack share.</param>
    public T5Attention(ModelConfig config, bool hasDistances)
        : base(nameof(T5Attention))
    {
        (int width, int size) = (config.Size("d_model"), config.Size("d_kv", 64));
        _heads = config.Size("num_heads");
        _unscale = Math.Sqrt(size); // the kernel divides by it
        long inner = _heads * size;
        (_queries, _keys, _values) = (new Linear(width, inner, false), new Linear(width, inner, false), new Linear(width, inner, false));
        _output = new Linear(inner, width, false);
        _distances = hasDistances ? new Embedding(config.Size("relative_attention_num_buckets", 32), _heads) : null;
        _dropout = new Dropout(config.Probability("dropout_rate", 0.1));
        RegisterComponents();
    }

    /// <summary>The table of numbers for distances, of a stack's first layer.</summary>
    public Embedding? Distances => _distances;

    /// <summary>Attention to itself, [N, L, D] to [N, L, D].</summary>
    /// <param name="input">Stays the caller's.</param>
    /// <param name="scores">Added to the scores, [N or 1, heads, L, keys].</param>
    /// <param name="cache">What came before, which the tokens join; null for none.</param>
    public Tensor ToItself(Tensor input, Tensor scores, AttentionCache? cache)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor keys, Tensor values) = (Split(_keys.call(input)), Split(_values.call(input)));
        (keys, values) = cache is null ? (keys, values) : cache.Append(keys, values);
        return Attend(input, keys, values, scores).MoveToOuterDisposeScope();
    }

    /// <summary>Attention to what was read, [N, L, D] to [N, L, D].</summary>
    /// <param name="input">Stays the caller's.</param>
    /// <param name="source">[N, S, D].</param>
    /// <param name="mask">Added to the scores; null for none.</param>
    /// <param name="cache">Keeps the keys and values of the source, which are worked out once; null for none.</param>
    public Tensor ToSource(Tensor input, Tensor source, Tensor? mask, AttentionCache? cache)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor keys, Tensor values) = cache is { Length: > 0 } ? cache.View() : (Split(_keys.call(source)), Split(_values.call(source)));
        if (cache is { Length: 0 })
        {
            (keys, values) = cache.Set(keys, values);
        }

        return Attend(input, keys, values, mask).MoveToOuterDisposeScope();
    }

    private Tensor Attend(Tensor input, Tensor keys, Tensor values, Tensor? scores)
    {
        Tensor queries = Split(_queries.call(input)).mul(_unscale);
        Tensor x = DotProductAttention.Run(queries, keys, values, scores, _dropout);
        return _output.call(x.transpose(1, 2).flatten(2));
    }

    private Tensor Split(Tensor x) => x.view(x.size(0), x.size(1), _heads, x.size(2) / _heads).transpose(1, 2);
}
