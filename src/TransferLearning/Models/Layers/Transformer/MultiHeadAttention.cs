namespace TransferLearning.Layers;

/// <summary>Attention over several heads (Vaswani et al., 2017). The layers are registered by the module that it is a part of.</summary>
/// <param name="query">Gives the queries; null where <paramref name="projections"/> does.</param>
/// <param name="key">Gives the keys.</param>
/// <param name="value">Gives the values.</param>
/// <param name="projections">Gives queries, keys and values one after the other.</param>
/// <param name="output">Takes what the heads give.</param>
/// <param name="options">Heads and scores.</param>
/// <param name="dropout">Drops weights in training.</param>
/// <param name="branch">Gives what the adapter in use has in the block; null for attention that none reaches.</param>
internal sealed class MultiHeadAttention(
    WeightLayer? query, WeightLayer? key, WeightLayer? value, WeightLayer? projections, WeightLayer output, TransformerLayerOptions options,
    Dropout dropout, Func<BlockBranch?>? branch = null)
{
    private readonly long _headWidth = options.HeadWidth ?? options.Width / options.Heads;

    /// <summary>Attention to itself, [N, L, D] to [N, L, D], in the caller's dispose scope.</summary>
    /// <param name="input">Stays the caller's.</param>
    /// <param name="mask">Added to the scores; null for none.</param>
    /// <param name="cache">What came before, which the tokens join; null for none.</param>
    public Tensor ToItself(Tensor input, Tensor? mask, AttentionCache? cache)
    {
        (Tensor queries, Tensor keys, Tensor values) = Project(input);
        (keys, values) = cache is null ? (keys, values) : cache.Append(keys, values);
        bool causal = options.IsCausal && mask is null && input.size(1) > 1;
        if (branch?.Invoke() is { Prefix: not null } prefixed)
        {
            mask = causal ? AttentionMask.Later(0, input.size(1), input.device).to(queries.dtype) : mask;
            (causal, (keys, values, mask)) = (false, PrefixedAttention.Of(prefixed, keys, values, mask));
        }

        return Attend(queries, keys, values, mask, causal);
    }

    /// <summary>Attention to what was read, [N, L, D] to [N, L, D], in the caller's dispose scope.</summary>
    /// <param name="input">Stays the caller's.</param>
    /// <param name="source">[N, S, D].</param>
    /// <param name="mask">Added to the scores; null for none.</param>
    /// <param name="cache">Keeps the keys and values of the source, which are computed once; null for none.</param>
    public Tensor ToSource(Tensor input, Tensor source, Tensor? mask, AttentionCache? cache)
    {
        (Tensor keys, Tensor values) = cache is { Length: > 0 } ? cache.View() : (Split(key!.call(source)), Split(value!.call(source)));
        if (cache is { Length: 0 })
        {
            (keys, values) = cache.Set(keys, values);
        }

        return Attend(Split(query!.call(input)), keys, values, mask, causal: false);
    }

    private (Tensor Queries, Tensor Keys, Tensor Values) Project(Tensor input)
    {
        if (projections is null)
        {
            return (Split(query!.call(input)), Split(key!.call(input)), Split(value!.call(input)));
        }

        Tensor[] parts = Split(projections.call(input)).chunk(3, 1);
        return (parts[0], parts[1], parts[2]);
    }

    private Tensor Attend(Tensor queries, Tensor keys, Tensor values, Tensor? mask, bool causal)
    {
        Tensor scaled = options.ScalesScores ? queries : queries.Multiply(Math.Sqrt(_headWidth)); // the kernel divides by it
        Tensor x = DotProductAttention.Run(scaled, keys, values, mask, dropout, causal); // [N, heads, L, D / heads]
        return output.call(x.transpose(1, 2).flatten(2));
    }

    private Tensor Split(Tensor x) => x.view(x.size(0), x.size(1), -1, _headWidth).transpose(1, 2);
}
