namespace TransferLearning;

/// <summary>
/// One pass over the batches of an epoch. The thread that asks for batches makes and frees all tensors; worker threads only fill
/// rows, always those of the earliest unfinished batch.
/// </summary>
internal sealed class EpochRun : IDisposable
{
    private readonly BatchLoader _loader;
    private readonly int _epoch;
    private readonly int[]? _order;
    private readonly CancellationToken _cancellation;
    private readonly CancellationTokenRegistration _wakeUp;
    private readonly object _gate = new();
    private readonly Queue<BatchSlot> _started = new(); // in the order of delivery
    private readonly Queue<BatchSlot> _open = new(); // those with rows that no worker has taken yet
    private readonly List<Thread> _threads = [];
    private int _nextBatch;
    private bool _stopped;

    public EpochRun(BatchLoader loader, int epoch, int firstBatch, CancellationToken cancellation)
    {
        LibTorch.Load();
        _loader = loader;
        _epoch = epoch;
        _nextBatch = firstBatch;
        _cancellation = cancellation;
        if (loader.Options.Shuffle)
        {
            _order = EpochOrder.Shuffled(loader.Dataset.Count, loader.Options.Seed, epoch);
        }

        _wakeUp = cancellation.UnsafeRegister(static run => ((EpochRun)run!).WakeAll(), this);
    }

    /// <summary>The next batch, which the caller disposes; null at the end.</summary>
    public Batch? Next()
    {
        while (true)
        {
            _cancellation.ThrowIfCancellationRequested();
            StartBatches();
            if (_started.Count == 0)
            {
                return null;
            }

            Finish(_started.Peek());
            CheckFailures(_started.Peek());
            if (_started.Dequeue().ToBatch() is { } batch)
            {
                return batch;
            }
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
        foreach (var slot in _started)
        {
            slot.Dispose();
        }

        _started.Clear();
    }

    /// <summary>Starts as many batches as may be under way: the next one, and those ahead of it.</summary>
    private void StartBatches()
    {
        int ahead = _loader.Options.Workers > 0 ? _loader.Options.PrefetchBatches : 0;
        while (_started.Count <= ahead && _nextBatch < _loader.BatchCount)
        {
            var slot = MakeSlot(_nextBatch++);
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
            var thread = new Thread(Work) { IsBackground = true, Name = $"TransferLearning loader {i + 1}" };
            thread.Start();
            _threads.Add(thread);
        }
    }

    private BatchSlot MakeSlot(int batch)
    {
        var dataset = _loader.Dataset;
        int size = _loader.Options.BatchSize;
        int first = batch * size;
        int[] indices = new int[Math.Min(size, dataset.Count - first)];
        long[] labels = new long[indices.Length];
        for (int row = 0; row < indices.Length; row++)
        {
            indices[row] = _order is null ? first + row : _order[first + row];
            labels[row] = dataset.LabelOf(indices[row]);
        }

        bool pinned = _loader.Options.PinMemory && Device.CudaIsAvailable;
        return new BatchSlot(indices, labels, _loader.Transform.Shape, _loader.RowLength, pinned) { Number = batch };
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
            if (_loader.Options.OnBadSample == BadSampleHandling.Throw || failure is not (IOException or MediaException))
            {
                throw new SampleLoadException(
                    name, index, $"Sample {index} of {_loader.Dataset}, '{name}', could not be loaded: {failure.Message}", failure);
            }

            _loader.RecordSkip(new SkippedSample(index, name, failure.Message));
        }
    }

    private void Work()
    {
        while (Take() is var (slot, row))
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

            var slot = _open.Peek();
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
            var random = new SeededRandom(_loader.Options.Seed, _epoch, index);
            _loader.Transform.Apply(_loader.Dataset.Read(index), ref random, slot.Row(row));
        }
        catch (Exception exception)
        {
            slot.Failures[row] = exception; // told on the thread that asks for the batch
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
