namespace TransferLearning.Layers;

/// <summary>Scaled dot-product attention (Vaswani et al., 2017) whose dropped weights are sampled by the training pass.</summary>
internal static class DotProductAttention
{
    /// <summary>dropout(softmax(q kᵀ / sqrt(d) + mask)) v for each head.</summary>
    /// <param name="query">[N, heads, L, d].</param>
    /// <param name="key">[N, heads, S, d].</param>
    /// <param name="value">[N, heads, S, d].</param>
    /// <param name="mask">What is added to the scores, of a shape that fits [N, heads, L, S]; or null.</param>
    /// <param name="dropout">Drops weights; none, or one that drops nothing, leaves the work to LibTorch's kernel.</param>
    /// <param name="causal">Whether a query sees no later key; then there is no mask, and L = S.</param>
    /// <returns>[N, heads, L, d]; the caller disposes it.</returns>
    public static Tensor Run(Tensor query, Tensor key, Tensor value, Tensor? mask = null, Dropout? dropout = null, bool causal = false)
    {
        if (dropout is not { training: true, Probability: > 0 })
        {
            ForwardTap.SeesAttention?.Invoke(MeanWeights(query, key, mask, causal));
            return nn.functional.scaled_dot_product_attention(query, key, value, mask, 0, causal);
        }

        // The kernel would sample from the process's generator: another trainer would change the samples, and a repetition would not have
        // the same.
        using DisposeScope scope = NewDisposeScope();
        (long samples, long heads, long length) = (query.size(0), query.size(1), query.size(2));
        Tensor weights = dropout.call(Weights(query, key, mask, causal)).view(samples * heads, length, -1);
        return weights.bmm(value.reshape(samples * heads, -1, value.size(3))).view(samples, heads, length, -1).MoveToOuterDisposeScope();
    }

    // softmax(q kᵀ / sqrt(d) + mask), [N, heads, L, S], in the caller's dispose scope.
    private static Tensor Weights(Tensor query, Tensor key, Tensor? mask, bool causal)
    {
        (long samples, long heads, long length, long width) = (query.size(0), query.size(1), query.size(2), query.size(3));
        Tensor scaled = query.Divide(Math.Sqrt(width)).reshape(samples * heads, length, width);
        Tensor scores = scaled.bmm(key.reshape(samples * heads, -1, width).transpose(1, 2)).view(samples, heads, length, -1);
        Tensor? added = mask ?? (causal ? AttentionMask.Later(0, length, query.device) : null);
        return (added is null ? scores : scores.Add(added)).softmax(-1);
    }

    // The mean over the heads, [N, L, S], in no dispose scope.
    private static Tensor MeanWeights(Tensor query, Tensor key, Tensor? mask, bool causal)
    {
        using DisposeScope scope = NewDisposeScope();
        return Weights(query, key, mask, causal).mean([1]).DetachFromDisposeScope();
    }
}
