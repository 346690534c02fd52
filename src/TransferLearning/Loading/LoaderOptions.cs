namespace TransferLearning;

/// <summary>How a <see cref="BatchLoader"/> makes batches.</summary>
public sealed record LoaderOptions
{
    /// <summary>How many samples a batch has; the last one of an epoch may have fewer. Default: 32.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>
    /// Whether every epoch has an order of its own, drawn from <see cref="Seed"/> and the number of the epoch. Default: false.
    /// </summary>
    public bool Shuffle { get; init; }

    /// <summary>Which samples an epoch has, where that is not each of them once. Default: null, each once. It draws an order of its own, so
    /// it needs <see cref="Shuffle"/>.</summary>
    public Sampler? Sampler { get; init; }

    /// <summary>What every draw depends on: the order of the samples and what the transform draws. Default: 0.</summary>
    public long Seed { get; init; }

    /// <summary>
    /// How many threads read and transform samples; 0 does it on the calling thread. The batches are the same, bit for bit, with any
    /// number. Default: one for each core, at most 8.
    /// </summary>
    public int Workers { get; init; } = Math.Min(Environment.ProcessorCount, 8);

    /// <summary>How many batches the workers may be ahead of the one that is being used. Default: 2.</summary>
    public int PrefetchBatches { get; init; } = 2;

    /// <summary>Whether the last batch of an epoch is dropped if it is not full. Default: false.</summary>
    public bool DropLast { get; init; }

    /// <summary>
    /// The fewest samples of a batch: a last one that would have fewer joins the batch before it. Batch norms that train need two, because
    /// one sample has no variance. Default: 1.
    /// </summary>
    public int SmallestBatch { get; init; } = 1;

    /// <summary>
    /// How many batches' samples are sorted by length together where examples differ in length; more make less padding and an order that is
    /// less random. Default: null, 50. Refused where all examples have one shape.
    /// </summary>
    public int? BatchesSortedTogether { get; init; }

    /// <summary>
    /// The length of all rows, without sorting, where examples differ in length: to measure what padding costs. Default: null, as long as
    /// needed. Refused where all examples have one shape.
    /// </summary>
    public int? FixedLength { get; init; }

    /// <summary>What happens when a sample cannot be read. Default: <see cref="BadSampleHandling.Throw"/>.</summary>
    public BadSampleHandling OnBadSample { get; init; } = BadSampleHandling.Throw;

    /// <summary>
    /// Whether batches lie in page-locked memory, from which a CUDA GPU copies faster. Without a usable GPU it has no effect. Refused where
    /// examples differ in length. Default: false.
    /// </summary>
    public bool PinMemory { get; init; }

    /// <summary>Which batches are made where several processes share an epoch; the numbers of all stay as they are.</summary>
    internal RankShard Shard { get; init; }

    /// <summary>What evaluation, prediction and training ask of the loader.</summary>
    internal static LoaderOptions Reading(int batchSize, int? workers, BadSampleHandling onBadSample)
    {
        LoaderOptions plain = new();
        return plain with { BatchSize = batchSize, OnBadSample = onBadSample, Workers = workers ?? plain.Workers };
    }
}
