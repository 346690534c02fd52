namespace TransferLearning;

/// <summary>Where batches come from: a loader of samples, or features computed before.</summary>
internal interface IBatchSource
{
    /// <summary>How many samples an epoch has.</summary>
    int SampleCount { get; }

    /// <summary>How many batches an epoch has.</summary>
    int BatchCount { get; }

    /// <summary>The samples that were skipped so far because they could not be read.</summary>
    SkippedSamples Skipped { get; }

    /// <summary>The batches of one epoch, in the order that the seed gives it. The consumer disposes each.</summary>
    /// <param name="epoch">From 0.</param>
    /// <param name="firstBatch">The number of the batch to begin with, to resume within an epoch.</param>
    /// <param name="cancellationToken">Ends the epoch with an <see cref="OperationCanceledException"/>.</param>
    IEnumerable<Batch> Epoch(int epoch, int firstBatch = 0, CancellationToken cancellationToken = default);
}
