namespace TransferLearning;

/// <summary>Batches of features that a frozen backbone gave once: training the head needs nothing else.</summary>
/// <remarks>
/// The order is that of a loader over the samples themselves, and a sample without features is left out of its batch as a loader does.
/// Epoch e has the features of view e modulo the number of views.
/// </remarks>
/// <param name="rows">The features.</param>
/// <param name="targetOf">What is to be learned of each sample.</param>
/// <param name="nameOf">What each sample is called.</param>
/// <param name="collator">Makes the targets of a batch.</param>
/// <param name="options">Batch size, order and seed.</param>
internal sealed class FeatureBatches(
    FeatureRows rows, Func<int, Target> targetOf, Func<int, string> nameOf, IDataCollator collator, LoaderOptions options) : IBatchSource
{
    private const int MostNamed = 100;

    private readonly SampleOrder? _order = options.Sampler?.Over(rows.Count, targetOf);

    /// <summary>Features of the samples of a data set.</summary>
    public FeatureBatches(FeatureRows rows, Dataset dataset, IDataCollator collator, LoaderOptions options)
        : this(rows, dataset.TargetOf, dataset.NameOf, collator, options) { }

    public int SampleCount => _order?.Count ?? rows.Count;

    public int BatchCount => (int)(((long)SampleCount + options.BatchSize - 1) / options.BatchSize);

    public SkippedSamples Skipped { get; } = new(
        options.Shard.Rank == 0 ? rows.Skipped : 0, // every process knows them, and one counts
        rows.Skipped == 0 || options.Shard.Rank > 0
            ? []
            :
            [
                .. Enumerable
                    .Range(0, rows.Count)
                    .Where(sample => !rows.Has(sample))
                    .Take(MostNamed)
                    .Select(sample => new SkippedSample(sample, nameOf(sample), "it could not be read"))
            ]);

    public IEnumerable<Batch> Epoch(int epoch, int firstBatch = 0, CancellationToken cancellationToken = default)
    {
        int[]? order = _order?.Of(options.Seed, epoch)
            ?? (options.Shuffle ? EpochOrder.Shuffled(SampleCount, options.Seed, epoch) : null);
        int view = epoch % rows.Views;
        for (int batch = firstBatch; batch < BatchCount; batch++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!options.Shard.Has(batch))
            {
                continue;
            }

            int first = batch * options.BatchSize;
            int[] chosen =
            [
                .. Enumerable.Range(first, Math.Min(options.BatchSize, SampleCount - first))
                    .Select(place => order?[place] ?? place)
                    .Where(sample => rows.Has(sample, view)),
            ];
            if (chosen.Length > 0)
            {
                FeatureInput input = new(rows.Gather(chosen, view));
                Example[] examples = Array.ConvertAll(chosen, sample => new StackedExample(targetOf(sample)));
                yield return new Batch(input, collator.CollateTargets(examples, input), examples, chosen) { Number = batch };
            }
        }
    }
}
