namespace TransferLearning;

/// <summary>The order in which an epoch visits its samples.</summary>
internal static class EpochOrder
{
    // An index that no sample has, so that the order shares no draws with the transform of any.
    private const int OrderStream = -1;

    /// <summary>A uniformly random order that depends on nothing but the seed and the epoch.</summary>
    public static int[] Shuffled(int count, long seed, int epoch)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        new SeededRandom(seed, epoch, OrderStream).Shuffle<int>(order);
        return order;
    }
}
