using System.Runtime.ExceptionServices;

namespace TransferLearning;

/// <summary>
/// One pass over the batches of an epoch. The thread that asks for batches makes and frees all tensors; worker threads only fill rows,
/// always those of the earliest unfinished batch.
/// </summary>
internal sealed class EpochRun : IDisposable
{
    // An epoch's draws that belong to no sample.
    private const int BatchOrderStream = -2;

    private readonly BatchLoader _loader;
    private readonly int _epoch;
    private readonly int _firstBatch;
    private readonly int[]? _order;
    private readonly int[]? _repeats;
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenRegistration _wakeUp;
    private readonly object _gate = new();
    private readonly Queue<BatchSlot> _started = new(); // in the order of delivery
    private readonly Queue<BatchSlot> _open = new(); // those with rows that no worker has taken yet
    private readonly List<Thread> _threads = [];
    private IEnumerator<Batch>? _ready;
    private int _nextSample;
    private int _nextBatch;
    private bool _stopped;

    public EpochRun(BatchLoader loader, int epoch, int firstBatch, CancellationToken cancellation)
    {
        LibTorch.Load();
        (_loader, _epoch, _firstBatch, _cancellation) = (loader, epoch, firstBatch, cancellation);
        if (loader.Options.Shuffle)
        {
            _order = loader.Order?.Of(loader.Options.Seed, epoch)
                ?? EpochOrder.Shuffled(loader.Dataset.Count, loader.Options.Seed, epoch);
            _repeats = loader.Order is null ? null : SampleOrder.Repeats(_order);
        }

        SkipSlotsBefore(firstBatch);
        _wakeUp = cancellation.UnsafeRegister(static run => ((EpochRun)run!).WakeAll(), this);
    }

    /// <summary>
    /// How many batches so many samples make: a last one that would be smaller than the smallest joins the one before it.
    /// </summary>
    public static int BatchesOf(int samples, LoaderOptions options)
    {
        int whole = samples / options.BatchSize, rest = samples % options.BatchSize;
        return samples == 0 ? 0 : options.DropLast ? whole : Math.Max(1, whole + (rest >= options.SmallestBatch && rest > 0 ? 1 : 0));
    }

    /// <summary>How many batches an epoch has.</summary>
    public static int BatchesOf(BatchLoader loader)
        => (int)Enumerable.Range(0, SlotsOf(loader)).Sum(slot => (long)BatchesOf(SizeOf(loader, slot), loader.Options));

    /// <summary>The next batch, which the caller disposes; null at the end.</summary>
    public Batch? Next()
    {
        while (true)
        {
            _cancellation.ThrowIfCancellationRequested();
            while (_ready is not null && _ready.MoveNext())
            {
                if (_ready.Current.Number >= _firstBatch)
                {
                    return _ready.Current;
                }

                _ready.Current.Dispose();
            }

            EndSlot();
            StartSlots();
            if (_started.Count == 0)
            {
                return null;
            }

            Finish(_started.Peek());
            CheckFailures(_started.Peek());
            _ready = _started.Peek().ToBatches().GetEnumerator();
        }
    }

    public void Dispose()
    {
        _wakeUp.Dispose();
        lock (_gate)
        {
            _stopped = true;
            Monitor.PulseAll(_gate);
        }

        // Only when no thread can write any more may the memory go.
        _threads.ForEach(thread => thread.Join());
        _ready?.Dispose();
        foreach (BatchSlot slot in _started)
        {
            slot.Dispose();
        }

        _started.Clear();
    }

    // How many samples are filled together: a batch, or as many as are sorted by length.
    private static int SlotSize(BatchLoader loader)
        => checked(loader.Options.BatchSize * (loader.Preprocessor is PaddedPreprocessor ? loader.SortedTogether : 1));

    private static int SlotsOf(BatchLoader loader)
    {
        int size = SlotSize(loader), samples = loader.UsedSamples;
        int rest = samples % size;
        return samples == 0 ? 0 : Math.Max(1, (samples / size) + (rest > 0 && rest >= loader.Options.SmallestBatch ? 1 : 0));
    }

    private static int SizeOf(BatchLoader loader, int slot)
    {
        int size = SlotSize(loader);
        return slot < SlotsOf(loader) - 1 ? size : loader.UsedSamples - (slot * size);
    }

    private void SkipSlotsBefore(int firstBatch)
    {
        for (int slot = 0; slot < SlotsOf(_loader); slot++)
        {
            int size = SizeOf(_loader, slot), batches = BatchesOf(size, _loader.Options);
            if (_nextBatch + batches > firstBatch)
            {
                return;
            }

            (_nextSample, _nextBatch) = (_nextSample + size, _nextBatch + batches);
        }
    }

    private void EndSlot()
    {
        if (_ready is not null)
        {
            _ready.Dispose();
            _ready = null;
            _started.Dequeue().Dispose();
        }
    }

    /// <summary>Starts as many slots as may be under way: the next one, and those ahead of it.</summary>
    private void StartSlots()
    {
        int ahead = _loader.Options.Workers == 0
            ? 0
            : _loader.Preprocessor is PaddedPreprocessor
            ? Math.Min(_loader.Options.PrefetchBatches, 1)
            : _loader.Options.PrefetchBatches;
        while (_started.Count <= ahead && _nextSample < _loader.UsedSamples)
        {
            // What differs in length is formed of the samples of many batches, so there every process encodes all and collates its own.
            if (_loader.Preprocessor is StackedPreprocessor && !_loader.Options.Shard.Has(_nextBatch))
            {
                (_nextSample, _nextBatch) = (_nextSample + SizeOf(_loader, _nextBatch), _nextBatch + 1);
                continue;
            }

            BatchSlot slot = MakeSlot();
            _started.Enqueue(slot);
            lock (_gate)
            {
                _open.Enqueue(slot);
                Monitor.PulseAll(_gate);
            }
        }

        if (_threads.Count == 0 && _started.Count > 0)
        {
            StartThreads();
        }
    }

    private void StartThreads()
    {
        // Threads of our own: the pool may be busy with whatever waits for this very batch.
        for (int i = 0; i < _loader.Options.Workers; i++)
        {
            Thread thread = new(Work) { IsBackground = true, Name = $"TransferLearning loader {i + 1}" };
            thread.Start();
            _threads.Add(thread);
        }
    }

    private BatchSlot MakeSlot()
    {
        LoaderOptions options = _loader.Options;
        int size = SizeOf(_loader, _nextSample / SlotSize(_loader));
        int[] indices = _order is null ? [.. Enumerable.Range(_nextSample, size)] : _order[_nextSample..(_nextSample + size)];
        SeededRandom? order = options.Shuffle ? new SeededRandom(options.Seed, _epoch, BatchOrderStream - _nextSample) : null;
        BatchSlot slot = _loader.Preprocessor is StackedPreprocessor stacked
            ? new StackedSlot(indices, stacked, _loader.Collator, _loader.RowLength, options.PinMemory && Device.CudaIsAvailable)
            : new PaddedSlot(indices, (PaddedPreprocessor)_loader.Preprocessor, _loader.Collator, options, order);
        slot.FirstNumber = _nextBatch;
        slot.Repeats = _repeats?[_nextSample..(_nextSample + size)];
        (_nextSample, _nextBatch) = (_nextSample + size, _nextBatch + BatchesOf(size, options));
        return slot;
    }

    /// <summary>Waits until the batch is filled, or fills it on this thread if there are no workers.</summary>
    private void Finish(BatchSlot slot)
    {
        if (_threads.Count == 0)
        {
            _open.Clear();
            for (int row = 0; row < slot.Indices.Length; row++)
            {
                _cancellation.ThrowIfCancellationRequested();
                Fill(slot, row);
            }

            return;
        }

        lock (_gate)
        {
            while (slot.Remaining > 0 && !_cancellation.IsCancellationRequested)
            {
                Monitor.Wait(_gate);
            }
        }

        _cancellation.ThrowIfCancellationRequested();
    }

    private void CheckFailures(BatchSlot slot)
    {
        for (int row = 0; row < slot.Indices.Length; row++)
        {
            if (slot.Failures[row] is not { } failure)
            {
                continue;
            }

            int index = slot.Indices[row];
            string name = _loader.Dataset.NameOf(index);
            if (!SampleLoadException.IsAboutSample(failure))
            {
                ExceptionDispatchInfo.Throw(failure); // a mistake of the program is reported as what it is
            }

            if (_loader.Options.OnBadSample == BadSampleHandling.Throw)
            {
                throw new SampleLoadException(_loader.Dataset, index, failure);
            }

            // Where every process encodes all samples, one of them counts.
            if (_loader.Preprocessor is StackedPreprocessor || _loader.Options.Shard.Rank == 0)
            {
                _loader.RecordSkip(new SkippedSample(index, name, failure.Message));
            }
        }
    }

    private void Work()
    {
        while (Take() is (BatchSlot slot, int row))
        {
            Fill(slot, row);
            lock (_gate)
            {
                if (--slot.Remaining == 0)
                {
                    Monitor.PulseAll(_gate);
                }
            }
        }
    }

    private (BatchSlot Slot, int Row)? Take()
    {
        lock (_gate)
        {
            while (!_stopped && _open.Count == 0)
            {
                Monitor.Wait(_gate);
            }

            if (_stopped)
            {
                return null;
            }

            BatchSlot slot = _open.Peek();
            int row = slot.NextRow++;
            if (slot.NextRow == slot.Indices.Length)
            {
                _open.Dequeue();
            }

            return (slot, row);
        }
    }

    private void Fill(BatchSlot slot, int row)
    {
        try
        {
            int index = slot.Indices[row];
            SeededRandom random = new(_loader.Options.Seed, _epoch, index + ((slot.Repeats?[row] ?? 0L) << 32));
            slot.Fill(row, _loader.Dataset.Read(index), ref random);
        }
        catch (Exception exception)
        {
            slot.Failures[row] = exception; // reported on the thread that asks for the batch
        }
    }

    private void WakeAll()
    {
        lock (_gate)
        {
            Monitor.PulseAll(_gate);
        }
    }
}
