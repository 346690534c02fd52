namespace TransferLearning;

/// <summary>Batches of texts for the trainer.</summary>
internal sealed class TextBatches(TextLoader loader) : IBatchSource
{
    public int SampleCount => loader.Dataset.Count;

    public int BatchCount => loader.BatchCount;

    public long SkippedCount => 0;

    public IEnumerable<IBatch> Epoch(int epoch, int firstBatch) => loader.Epoch(epoch, firstBatch);
}
