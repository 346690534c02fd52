namespace TransferLearning;

/// <summary>The batches of a loader together with what the frozen part of the network gave for their samples: for sequences, whose order
/// and padding are the loader's.</summary>
/// <param name="source">The loader, whose samples are not preprocessed randomly.</param>
/// <param name="rows">What the frozen part gave, [longest, width] for each sample.</param>
internal sealed class ActivationBatches(BatchLoader source, FeatureRows rows) : IBatchSource
{
    public int SampleCount => source.SampleCount;
    public int BatchCount => source.BatchCount;
    public SkippedSamples Skipped => source.Skipped;

    public IEnumerable<Batch> Epoch(int epoch, int firstBatch = 0, CancellationToken cancellationToken = default)
        => source.Epoch(epoch, firstBatch, cancellationToken).Select(batch =>
        {
            using Tensor padded = rows.Gather([.. batch.Indices]);
            using Tensor used = padded.narrow(1, 0, batch.Examples.Max(example => example.Length));
            Tensor values = used.contiguous().DetachFromDisposeScope();
            return new Batch(new FeatureInput(values, batch.Input), batch.Targets, batch.Examples, batch.Indices) { Number = batch.Number };
        });
}
