namespace TransferLearning.Layers;

/// <summary>Attention to what a prefix holds and to the tokens' own keys.</summary>
internal static class PrefixedAttention
{
    /// <summary>Keys, values and mask with the prefix before them, in the caller's dispose scope.</summary>
    /// <param name="branch">What the adapter in use has in the block; null, or one without a prefix, changes nothing.</param>
    /// <param name="keys">[N, heads, S, d].</param>
    /// <param name="values">Of the same shape.</param>
    /// <param name="mask">Added to the scores, [N or 1, heads or 1, L or 1, S]; null for none.</param>
    public static (Tensor Keys, Tensor Values, Tensor? Mask) Of(BlockBranch? branch, Tensor keys, Tensor values, Tensor? mask)
    {
        if (branch?.Prefix is not { } prefix)
        {
            return (keys, values, mask);
        }

        long samples = keys.size(0);
        return (
            cat([Of(prefix.Keys), keys], 2),
            cat([Of(prefix.Values), values], 2),
            mask is null
                ? null
                : cat([zeros([.. mask.shape[..3], prefix.Keys.size(1)], mask.dtype, mask.device), mask], 3));

        Tensor Of(Tensor rows) => rows.to(keys.dtype).unsqueeze(0).expand(samples, -1, -1, -1);
    }
}
