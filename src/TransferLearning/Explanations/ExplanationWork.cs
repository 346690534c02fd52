namespace TransferLearning;

/// <summary>Work in batches that can be cancelled and says how far it is.</summary>
/// <param name="Progress">Receives the share that is done, up to 1; null for nobody.</param>
/// <param name="CancellationToken">Ends the work between two batches.</param>
internal sealed record ExplanationWork(IProgress<double>? Progress = null, CancellationToken CancellationToken = default)
{
    /// <summary>Does a number of items in batches, each in a dispose scope of its own.</summary>
    /// <param name="count">How many items.</param>
    /// <param name="batchSize">How many at once, at most.</param>
    /// <param name="batch">Does some of them: the number of the first, and how many.</param>
    public void Run(int count, int batchSize, Action<int, int> batch)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        for (int first = 0; first < count; first += batchSize)
        {
            CancellationToken.ThrowIfCancellationRequested();
            int size = Math.Min(batchSize, count - first);
            using (NewDisposeScope())
            {
                batch(first, size);
            }

            Progress?.Report((double)(first + size) / count);
        }
    }
}
