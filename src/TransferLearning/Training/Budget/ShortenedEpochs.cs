namespace TransferLearning;

/// <summary>The first batches of each epoch.</summary>
/// <param name="inner">The whole epochs.</param>
/// <param name="batches">How many batches of each there are.</param>
internal sealed class ShortenedEpochs(IBatchSource inner, int batches) : IBatchSource
{
    public int SampleCount => inner.SampleCount;

    public int BatchCount => batches;

    public SkippedSamples Skipped => inner.Skipped;

    /// <summary>An epoch that is no longer than so many batches.</summary>
    public static IBatchSource Of(IBatchSource source, int? batches)
        => batches is { } most && most < source.BatchCount ? new ShortenedEpochs(source, most) : source;

    public IEnumerable<Batch> Epoch(int epoch, int firstBatch = 0, CancellationToken cancellationToken = default)
    {
        foreach (Batch batch in inner.Epoch(epoch, firstBatch, cancellationToken))
        {
            if (batch.Number >= batches)
            {
                batch.Dispose();
                yield break;
            }

            int number = batch.Number;
            yield return batch;
            if (number == batches - 1)
            {
                yield break;
            }
        }
    }
}
