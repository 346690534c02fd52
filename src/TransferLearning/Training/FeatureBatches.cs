using TorchSharp;

namespace TransferLearning;

/// <summary>Batches of features that a frozen backbone gave once: training the head needs nothing else.</summary>
/// <remarks>It does not own the features.</remarks>
internal sealed class FeatureBatches(torch.Tensor features, torch.Tensor labels, int batchSize, bool shuffle, long seed, long skipped = 0) : IBatchSource
{
    public int SampleCount { get; } = (int)features.size(0);

    public int BatchCount => (SampleCount + batchSize - 1) / batchSize;

    public long SkippedCount => skipped;

    IEnumerable<IBatch> IBatchSource.Epoch(int epoch) => Epoch(epoch);

    public IEnumerable<Batch> Epoch(int epoch)
    {
        IEnumerable<int> order = shuffle ? EpochOrder.Shuffled(SampleCount, seed, epoch) : Enumerable.Range(0, SampleCount);
        foreach (int[] chunk in order.Chunk(batchSize))
        {
            using torch.Tensor rows = torch.tensor(Array.ConvertAll(chunk, index => (long)index), device: features.device);
            yield return new Batch(
                features.index_select(0, rows).DetachFromDisposeScope(),
                labels.index_select(0, rows).DetachFromDisposeScope(),
                chunk);
        }
    }
}
