namespace TransferLearning;

/// <summary>
/// The batches of a second data set, a target, beside those of the training set. Which one comes with a step depends on seed, epoch and the
/// step's number alone: a target with fewer batches begins anew within the epoch, in another order.
/// </summary>
internal sealed class TargetBatches : IDisposable
{
    // Draws that belong to no epoch of the training set.
    private const int OrderStream = -77;

    private readonly BatchLoader _loader;
    private readonly long _seed;
    private IEnumerator<Batch>? _open;
    private (int Epoch, int Pass, int Number) _next;

    /// <param name="target">The samples.</param>
    /// <param name="context">The run: batch size, workers, damaged samples and preprocessing are as for its own samples.</param>
    /// <param name="preprocessor">Another preprocessing; null for the run's.</param>
    /// <param name="ratio">How many times the batch size a batch has.</param>
    public TargetBatches(Dataset target, TrainingMethodContext context, Preprocessor? preprocessor = null, int ratio = 1)
    {
        FineTuneOptions options = context.Options;
        int size = Math.Max(2, checked(options.BatchSize * ratio));
        _seed = unchecked((long)new SeededRandom(options.Seed, OrderStream).NextUInt64());
        LoaderOptions reading = LoaderOptions.Reading(size, options.Workers, options.OnBadSample) with
        {
            Shuffle = true,
            Seed = _seed,
            SmallestBatch = 2,
            DropLast = target.Count >= size,
        };
        _loader = new BatchLoader(target, preprocessor ?? context.Preprocessor, reading, new FeatureExtraction());
    }

    /// <summary>The batch of one step, which the caller disposes.</summary>
    /// <exception cref="ArgumentException">No sample of the target could be read.</exception>
    public Batch Next(int epoch, int number)
    {
        (int pass, int place) = Math.DivRem(number, _loader.BatchCount);
        if (_open is null || _next != (epoch, pass, place))
        {
            Open(epoch, pass, place);
        }

        // Batches whose samples were all skipped are not delivered; the first one stands in for what would come after the last.
        if (!_open!.MoveNext())
        {
            Open(epoch, pass, 0);
            if (!_open.MoveNext())
            {
                throw new ArgumentException($"There is no readable sample in the target {_loader.Dataset}.");
            }
        }

        _next = (epoch, pass, _open.Current.Number + 1);
        return _open.Current;
    }

    public void Dispose() => _open?.Dispose();

    private void Open(int epoch, int pass, int place)
    {
        _open?.Dispose();
        int order = (int)(new SeededRandom(_seed, epoch, pass).NextUInt64() >> 33);
        _open = _loader.Epoch(order, place).GetEnumerator();
    }
}
