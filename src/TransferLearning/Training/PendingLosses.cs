namespace TransferLearning;

/// <summary>
/// Losses that have been computed but not yet read. Reading makes the CPU wait for a GPU, so there it is done for several batches at once;
/// on the CPU each is read before its backward pass, so that a loss that is NaN or infinite never reaches the weights.
/// </summary>
internal sealed class PendingLosses(int readEvery) : IDisposable
{
    private readonly List<Entry> _unread = [];
    private readonly List<(double Loss, long Items, long? Correct)> _read = [];
    private int _stepStart;

    /// <summary>How many batches may wait on a GPU.</summary>
    public const int OnGpu = 16;

    /// <summary>Whether a loss was NaN or infinite.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Takes a batch's result in, and reads all when it is time.</summary>
    public void Add(StepLoss result, int epoch, int batch, double learningRate)
    {
        _unread.Add(
            new Entry(Kept(result.Loss), result.Correct is { } correct ? Kept(correct) : null, result.Weight, epoch, batch, learningRate));
        if (readEvery == 1)
        {
            Read();
        }
    }

    /// <summary>Ends a step: its batches now count. Returns its mean loss if it has been read.</summary>
    public double? EndStep()
    {
        if (_unread.Count >= readEvery)
        {
            Read();
        }

        double items = _read.Skip(_stepStart).Sum(entry => (double)entry.Items);
        double? mean = _unread.Count > 0 || items == 0 ? null : _read.Skip(_stepStart).Sum(entry => entry.Loss * entry.Items) / items;
        _stepStart = _read.Count + _unread.Count;
        return mean;
    }

    /// <summary>Takes in what all processes together had in a step.</summary>
    public void Put(StepTotals step)
        => _read.Add((
            step.Loss / Math.Max(step.Items, 1), (long)step.Items, double.IsNaN(step.Correct) ? null : (long)step.Correct));

    /// <summary>Forgets the batches of a step that is not taken.</summary>
    public void DropStep()
    {
        while (_read.Count + _unread.Count > _stepStart && _unread.Count > 0)
        {
            _unread[^1].Dispose();
            _unread.RemoveAt(_unread.Count - 1);
        }

        _read.RemoveRange(Math.Min(_stepStart, _read.Count), Math.Max(0, _read.Count - _stepStart));
    }

    /// <summary>Reads what is left and hands over what has been read since the last time.</summary>
    public IReadOnlyList<(double Loss, long Items, long? Correct)> Take()
    {
        Read();
        (double, long, long?)[] all = [.. _read];
        _read.Clear();
        _stepStart = 0;
        return all;
    }

    public void Dispose() => _unread.ForEach(entry => entry.Dispose());

    private static Tensor Kept(Tensor tensor) => tensor.detach().DetachFromDisposeScope();

    private void Read()
    {
        while (_unread.Count > 0)
        {
            using Entry entry = _unread[0];
            _unread.RemoveAt(0);
            double loss = entry.Loss.to(ScalarType.Float64).item<double>();
            if (!double.IsFinite(loss))
            {
                HasFailed = true;
                throw TrainingFault.NotFinite($"The loss is {loss}", entry.Epoch, entry.Batch, entry.LearningRate);
            }

            _read.Add((loss, entry.Items, entry.Correct?.item<long>()));
        }
    }

    private sealed record Entry(Tensor Loss, Tensor? Correct, long Items, int Epoch, int Batch, double LearningRate) : IDisposable
    {
        public void Dispose()
        {
            Loss.Dispose();
            Correct?.Dispose();
        }
    }
}
