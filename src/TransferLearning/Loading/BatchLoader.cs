namespace TransferLearning;

/// <summary>
/// Makes batches of a data set: orders the samples, reads and transforms them on several threads ahead of use, and stacks them into
/// tensors.
/// </summary>
/// <remarks>
/// <para>The order of the samples depends on (seed, epoch) and what the preprocessor draws on (seed, epoch, number of the sample), never on
/// threads or time: the batches are equal bit for bit with any number of workers, and a run that is resumed in the middle of an epoch sees
/// what an uninterrupted one would have seen.</para>
/// <para>Memory does not grow with the data set, but for four bytes a sample when shuffling: at most
/// <see cref="LoaderOptions.PrefetchBatches"/> batches are filled ahead, or the examples that are sorted by length together. Examples of
/// one shape are written straight to their place in the tensor.</para>
/// <para>The tensors are made by the thread that enumerates, but belong to no dispose scope of its: <see cref="Batch.Dispose"/> alone frees
/// them. A loader holds nothing between epochs. The data set must stay open while an epoch is enumerated.</para>
/// </remarks>
public sealed class BatchLoader : IBatchSource
{
    private const int MostNamedSkips = 100;
    private const int SortedTogetherByDefault = 50;

    private readonly Lock _gate = new();
    private readonly List<SkippedSample> _skipped = [];
    private long _skippedCount;

    /// <summary>Makes a loader.</summary>
    /// <param name="dataset">The samples. The loader does not dispose it.</param>
    /// <param name="preprocessor">What turns samples into what a network takes.</param>
    /// <param name="options">How to make batches; null means the defaults.</param>
    /// <param name="collator">What makes targets of them, a task usually; null means class numbers, [N] int64.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number of the options is negative, or the batch size is not positive.</exception>
    /// <exception cref="ArgumentException">The shape of an example is empty or not positive, a batch would take more than 2 GiB, or an
    /// option has no meaning for the preprocessor.</exception>
    public BatchLoader(Dataset dataset, Preprocessor preprocessor, LoaderOptions? options = null, IDataCollator? collator = null)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(preprocessor);
        Options = options ?? new LoaderOptions();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Options.BatchSize, nameof(LoaderOptions.BatchSize));
        ArgumentOutOfRangeException.ThrowIfNegative(Options.Workers, nameof(LoaderOptions.Workers));
        ArgumentOutOfRangeException.ThrowIfNegative(Options.PrefetchBatches, nameof(LoaderOptions.PrefetchBatches));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Options.BatchesSortedTogether ?? 1, nameof(LoaderOptions.BatchesSortedTogether));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Options.SmallestBatch, nameof(LoaderOptions.SmallestBatch));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Options.FixedLength ?? 1, nameof(LoaderOptions.FixedLength));
        RefuseWithoutMeaning(preprocessor, Options);
        (Dataset, Preprocessor, Collator) = (dataset, preprocessor, collator ?? ClassCollator.Instance);
        Order = Options.Sampler?.Over(dataset.Count, dataset.TargetOf);
        RowLength = preprocessor is StackedPreprocessor stacked
            ? LengthOfRow(stacked.Shape, Math.Min(Options.BatchSize + Options.SmallestBatch - 1, Math.Max(SampleCount, 1)))
            : 0;
        UsedSamples = Options.DropLast ? SampleCount / Options.BatchSize * Options.BatchSize : SampleCount;
        BatchCount = EpochRun.BatchesOf(this);
    }

    /// <summary>The samples.</summary>
    public Dataset Dataset { get; }

    /// <summary>What turns samples into what a network takes.</summary>
    public Preprocessor Preprocessor { get; }

    /// <summary>What makes the targets of a batch.</summary>
    public IDataCollator Collator { get; }

    /// <summary>How batches are made.</summary>
    public LoaderOptions Options { get; }

    /// <summary>How many samples an epoch has, those that could not be read included.</summary>
    public int SampleCount => Order?.Count ?? Dataset.Count;

    /// <summary>How many batches an epoch has; fewer are delivered only if every sample of a batch was skipped.</summary>
    public int BatchCount { get; }

    /// <summary>What has been skipped so far, in all epochs, because it could not be read.</summary>
    public SkippedSamples Skipped
    {
        get
        {
            lock (_gate)
            {
                return new SkippedSamples(_skippedCount, [.. _skipped]);
            }
        }
    }

    /// <summary>The samples of each epoch; null where it has each once.</summary>
    internal SampleOrder? Order { get; }

    /// <summary>How many batches' samples are sorted by length together.</summary>
    internal int SortedTogether => Options.BatchesSortedTogether ?? SortedTogetherByDefault;

    /// <summary>How many elements one example has where all have one shape.</summary>
    internal int RowLength { get; }

    /// <summary>How many samples are in a batch of the epoch.</summary>
    internal int UsedSamples { get; }

    /// <summary>The batches of one epoch, in order. Threads work only while this is enumerated; leaving the loop early ends them.</summary>
    /// <param name="epoch">The number of the epoch, at least 0.</param>
    /// <param name="firstBatch">The number of the batch to begin with, to resume an epoch; the samples before it are not read.</param>
    /// <param name="cancellationToken">Ends the epoch with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>Batches. The caller disposes each; those that were not delivered are freed by the loader.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="epoch"/> is negative, or <paramref name="firstBatch"/> is negative or
    /// more than <see cref="BatchCount"/>.</exception>
    /// <exception cref="SampleLoadException">While enumerating: a sample could not be read or preprocessed.</exception>
    public IEnumerable<Batch> Epoch(int epoch, int firstBatch = 0, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        ArgumentOutOfRangeException.ThrowIfNegative(firstBatch);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstBatch, BatchCount);
        return Batches(epoch, firstBatch, cancellationToken);
    }

    internal void RecordSkip(SkippedSample sample)
    {
        lock (_gate)
        {
            _skippedCount++;
            if (_skipped.Count < MostNamedSkips && !_skipped.Exists(earlier => earlier.Index == sample.Index))
            {
                _skipped.Add(sample);
            }
        }
    }

    private static int LengthOfRow(IReadOnlyList<long> shape, int rows)
    {
        long most = Array.MaxLength / sizeof(float) / rows;
        long length = shape.Count > 0 ? 1 : 0;
        foreach (long size in shape)
        {
            length = size > 0 && size <= most / Math.Max(length, 1) ? length * size : 0; // 0 stays 0
        }

        return length > 0
            ? (int)length
            : throw new ArgumentException(
                $"A batch of {rows} examples of shape [{string.Join(", ", shape)}] cannot be made: the sizes must be positive "
                + "and the batch at most 2 GiB. Choose a smaller batch size.");
    }

    private IEnumerable<Batch> Batches(int epoch, int firstBatch, CancellationToken cancellationToken)
    {
        using EpochRun run = new(this, epoch, firstBatch, cancellationToken);
        while (run.Next() is { } batch)
        {
            yield return batch;
        }
    }

    // An option is used or refused, never ignored.
    private static void RefuseWithoutMeaning(Preprocessor preprocessor, LoaderOptions options)
    {
        bool isPadded = preprocessor is PaddedPreprocessor;
        string? refused = isPadded && options.PinMemory ? nameof(LoaderOptions.PinMemory)
            : !isPadded && options.FixedLength is not null ? nameof(LoaderOptions.FixedLength)
            : !isPadded && options.BatchesSortedTogether is not null ? nameof(LoaderOptions.BatchesSortedTogether)
            : null;
        if (options is { Sampler: not null, Shuffle: false })
        {
            throw new ArgumentException(
                $"A {nameof(LoaderOptions.Sampler)} draws an order of its own: set {nameof(LoaderOptions.Shuffle)}, or leave it out.",
                nameof(options));
        }

        if (refused is not null)
        {
            throw new ArgumentException(
                $"{refused} has no meaning where {(isPadded ? "examples differ in length" : "all examples have one shape")} "
                + $"({preprocessor.GetType().Name}): leave it out.",
                nameof(options));
        }
    }
}
