namespace TransferLearning;

/// <summary>Batches that a loader reads.</summary>
internal sealed class LoaderBatches(BatchLoader loader) : IBatchSource
{
    public int SampleCount => loader.Dataset.Count;

    public int BatchCount => loader.BatchCount;

    public long SkippedCount => loader.Skipped.Count;

    public IEnumerable<IBatch> Epoch(int epoch, int firstBatch) => loader.Epoch(epoch, firstBatch);
}
