namespace TransferLearning.Layers;

/// <summary>Which keys a query may attend to, as numbers that are added to the scores: 0 or close to the lowest number.</summary>
/// <remarks>Not minus infinity: a row of padding that may attend to nothing then gives NaN.</remarks>
internal static class AttentionMask
{
    private const float Lowest = -3.3e38f; // bfloat16 holds it too

    /// <summary>Nothing but real tokens: [N, 1, 1, keys]; null if all are. The caller disposes it.</summary>
    /// <param name="mask">[N, keys], 0 for padding.</param>
    /// <param name="type">The type of the scores.</param>
    public static Tensor? Padding(Tensor? mask, ScalarType type = ScalarType.Float32)
    {
        if (mask is null)
        {
            return null;
        }

        using DisposeScope scope = NewDisposeScope();
        return Blocked(mask.eq(Scalars.Zero), type).unsqueeze(1).unsqueeze(1).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Nothing later and nothing that is padding: [N or 1, 1, queries, keys]; null if all keys are allowed, or all but later ones where
    /// queries and keys are the same positions. The caller disposes it.
    /// </summary>
    /// <param name="past">How many keys come before the first query.</param>
    /// <param name="length">How many queries there are; they are keys too.</param>
    /// <param name="mask">[N, past + length], 0 for padding; null for none.</param>
    /// <param name="device">Where it is needed.</param>
    public static Tensor? Causal(long past, long length, Tensor? mask, torch.Device device)
    {
        if (mask is null && (past == 0 || length == 1))
        {
            return null;
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor later = IsLater(past, length, device);
        return Blocked(mask is null ? later : later.logical_or(mask.eq(Scalars.Zero).unsqueeze(1).unsqueeze(1))).MoveToOuterDisposeScope();
    }

    /// <summary>Nothing later: [1, 1, length, past + length]. The caller disposes it.</summary>
    /// <param name="past">How many keys come before the first query.</param>
    /// <param name="length">How many queries there are; they are keys too.</param>
    /// <param name="device">Where it is needed.</param>
    public static Tensor Later(long past, long length, torch.Device device)
    {
        using DisposeScope scope = NewDisposeScope();
        return Blocked(IsLater(past, length, device)).MoveToOuterDisposeScope();
    }

    private static Tensor IsLater(long past, long length, torch.Device device)
        => ones([length, past + length], @bool, device).triu(past + 1).unsqueeze(0).unsqueeze(0);

    private static Tensor Blocked(Tensor where, ScalarType type = ScalarType.Float32)
        => zeros(where.shape, type, where.device).MaskedFill(where, Lowest);
}
