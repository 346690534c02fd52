using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TransferLearning.Layers;

/// <summary>
/// Multi-head attention of what is written to itself or to what was read (Vaswani et al., 2017) under the names of BART and Marian;
/// weights allocated but not filled.
/// </summary>
internal sealed class CrossAttention : nn.Module
{
    private readonly long _heads;

    [ComponentName(Name = "k_proj")]
    private readonly Linear _keys;

    [ComponentName(Name = "v_proj")]
    private readonly Linear _values;

    [ComponentName(Name = "q_proj")]
    private readonly Linear _queries;

    [ComponentName(Name = "out_proj")]
    private readonly Linear _output;

    [ComponentName(Name = "weight_dropout")]
    private readonly Dropout _dropout;

    public CrossAttention(long width, long heads, double dropout)
        : base(nameof(CrossAttention))
    {
        _heads = heads;
        (_keys, _values, _queries, _output) = (new Linear(width, width), new Linear(width, width), new Linear(width, width), new Linear(width, width));
        _dropout = new Dropout(dropout);
        RegisterComponents();
    }

    /// <summary>Attention to itself, [N, L, D] to [N, L, D].</summary>
    /// <param name="input">Stays the caller's.</param>
    /// <param name="mask">Added to the scores; null for none.</param>
    /// <param name="causal">Whether later tokens are not seen, where <paramref name="mask"/> is null.</param>
    /// <param name="cache">What came before, which the tokens join; null for none.</param>
    public Tensor ToItself(Tensor input, Tensor? mask, bool causal, AttentionCache? cache)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor keys, Tensor values) = (Split(_keys.call(input)), Split(_values.call(input)));
        (keys, values) = cache is null ? (keys, values) : cache.Append(keys, values);
        return Attend(input, keys, values, mask, causal && mask is null && input.size(1) > 1).MoveToOuterDisposeScope();
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

        return Attend(input, keys, values, mask, causal: false).MoveToOuterDisposeScope();
    }

    private Tensor Attend(Tensor input, Tensor keys, Tensor values, Tensor? mask, bool causal)
    {
        Tensor x = DotProductAttention.Run(Split(_queries.call(input)), keys, values, mask, _dropout, causal); // [N, heads, L, D/heads]
        return _output.call(x.transpose(1, 2).flatten(2));
    }

    private Tensor Split(Tensor x) => x.view(x.size(0), x.size(1), _heads, x.size(2) / _heads).transpose(1, 2);
}
