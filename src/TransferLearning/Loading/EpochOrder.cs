namespace TransferLearning;

/// <summary>The order in which an epoch visits its samples.</summary>
internal static class EpochOrder
{
    /// <summary>An index that no sample has, so that the order shares no draws with the transform of any.</summary>
    public const int Stream = -1;

    /// <summary>A uniformly random order that depends on nothing but the seed and the epoch.</summary>
    public static int[] Shuffled(int count, long seed, int epoch)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        new SeededRandom(seed, epoch, Stream).Shuffle<int>(order);
        return order;
    }
}
