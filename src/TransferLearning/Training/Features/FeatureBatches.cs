using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>Batches of features that a frozen backbone gave once: training the head needs nothing else.</summary>
/// <remarks>
/// The order is that of a loader over the samples themselves, and a sample without features is left out of its batch as a loader does.
/// Epoch e has the features of view e modulo the number of views.
/// </remarks>
internal sealed class FeatureBatches(FeatureRows rows, Func<int, int> labelOf, int batchSize, bool shuffle, long seed) : IBatchSource
{
    /// <summary>Takes features and labels that are tensors already, and copies them.</summary>
    public FeatureBatches(Tensor features, Tensor labels, int batchSize, bool shuffle, long seed)
        : this(FeatureRows.Of(features), LabelsOf(labels), batchSize, shuffle, seed)
    {
    }

    public int SampleCount => rows.Count;

    public int BatchCount => (int)(((long)SampleCount + batchSize - 1) / batchSize);

    public long SkippedCount => rows.Skipped;

    IEnumerable<IBatch> IBatchSource.Epoch(int epoch, int firstBatch) => Epoch(epoch, firstBatch);

    public IEnumerable<Batch> Epoch(int epoch, int firstBatch = 0)
    {
        int[]? order = shuffle ? EpochOrder.Shuffled(SampleCount, seed, epoch) : null;
        int view = epoch % rows.Views;
        for (int batch = firstBatch; batch < BatchCount; batch++)
        {
            int first = batch * batchSize;
            int[] chosen =
            [
                .. Enumerable.Range(first, Math.Min(batchSize, SampleCount - first))
                    .Select(place => order?[place] ?? place)
                    .Where(sample => rows.Has(sample, view)),
            ];
            if (chosen.Length > 0)
            {
                yield return new Batch(rows.Gather(chosen, view), tensor(Array.ConvertAll(chosen, sample => (long)labelOf(sample))).DetachFromDisposeScope(), chosen) { Number = batch };
            }
        }
    }

    private static Func<int, int> LabelsOf(Tensor labels)
    {
        using DisposeScope scope = NewDisposeScope();
        long[] all = labels.cpu().data<long>().ToArray();
        return sample => (int)all[sample];
    }
}
