namespace TransferLearning;

/// <summary>Where the trainer's batches come from: a loader of samples, or features worked out before.</summary>
internal interface IBatchSource
{
    /// <summary>How many samples an epoch has.</summary>
    int SampleCount { get; }

    /// <summary>How many batches an epoch has.</summary>
    int BatchCount { get; }

    /// <summary>How many reads of damaged samples were passed over so far.</summary>
    long SkippedCount { get; }

    /// <summary>The batches of one epoch, in the order that the seed gives it. The consumer disposes each.</summary>
    /// <param name="epoch">From 0.</param>
    /// <param name="firstBatch">The number of the batch to begin with, to go on within an epoch.</param>
    IEnumerable<IBatch> Epoch(int epoch, int firstBatch);
}
