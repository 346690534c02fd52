namespace TransferLearning;

/// <summary>Which batches of an epoch a process takes: those whose number modulo the number of processes is its own.</summary>
/// <param name="Rank">The number of the process.</param>
/// <param name="Size">How many there are; 0 or 1 takes every batch.</param>
internal readonly record struct RankShard(int Rank, int Size)
{
    /// <summary>Whether a batch is taken.</summary>
    public bool Has(int batch) => Size <= 1 || batch % Size == Rank;
}
