using System.Diagnostics;

namespace TransferLearning;

/// <summary>
/// Writes the running state now and then: a copy is taken on the training thread, and another thread writes it. One copy is all the memory
/// it takes: while that is being written, the next one waits.
/// </summary>
internal sealed class RunCheckpoints : IDisposable
{
    // What may change together with the number of processes.
    private static readonly string[] OfProcesses =
        [RunIdentity.Processes, nameof(FineTuneOptions.AccumulationSteps), nameof(FineTuneOptions.Distributed)];

    private readonly CheckpointPolicy _policy;
    private readonly ILogger _logger;
    private readonly RunFolder _folder;
    private readonly Dictionary<string, Tensor> _copies = [];
    private readonly Stopwatch _sinceLast = Stopwatch.StartNew();
    private long _lastStep;
    private (Task<string> Task, long Step)? _writing;

    public RunCheckpoints(CheckpointPolicy policy, ILogger logger)
    {
        (_policy, _logger) = (policy, logger);
        _folder = new RunFolder(policy.Folder, logger);
    }

    /// <summary>The state to resume from, null for a new run; the caller disposes it.</summary>
    /// <exception cref="ArgumentException">The folder holds another run.</exception>
    public SavedRun? Open(IReadOnlyDictionary<string, string> identity)
    {
        _folder.Prepare();
        if (!_policy.Resume)
        {
            return _folder.Files.Count == 0
                ? null
                : throw new ArgumentException(
                    $"'{_policy.Folder}' holds the checkpoints of a training run already. Continue with resume: \"{_policy.Folder}\", or "
                        + "choose another folder.");
        }

        SavedRun? saved = _folder.Newest();
        if (saved is null)
        {
            return null;
        }

        string? processes = saved.Record.Identity.GetValueOrDefault(RunIdentity.Processes, "1");
        string now = identity.GetValueOrDefault(RunIdentity.Processes, "1");
        if (now != processes)
        {
            TrainingLog.Note(
                _logger,
                $"The run was begun by {processes} processes and resumes with {now}: it goes through every sample as before, but its steps "
                    + "are made of other batches.");
        }

        string[] differences = [.. saved.Record.Identity.Keys.Union(identity.Keys)
            .Where(key => now == processes || !OfProcesses.Contains(key))
            .Where(
                key => saved.Record.Identity.GetValueOrDefault(key) != identity.GetValueOrDefault(key) && !(
                    saved.Record.Ended == StopReason.Completed && IsMoreEpochs(key)))
            .Select(
                key => $"{key} was {saved.Record.Identity.GetValueOrDefault(key, "not there")} and is "
                    + $"{identity.GetValueOrDefault(key, "not there")}")];
        if (differences.Length > 0)
        {
            string file = saved.Path;
            saved.Dispose();
            throw new ArgumentException(
                $"'{file}' is of another run: {string.Join("; ", differences)}. Make them the same, or choose another folder to begin "
                    + "anew.");
        }

        _lastStep = saved.Record.Step;
        return saved;

        // A finished run may learn on.
        bool IsMoreEpochs(string key)
            => key == nameof(FineTuneOptions.Epochs)
                && int.TryParse(identity.GetValueOrDefault(key), CultureInfo.InvariantCulture, out int epochs)
                && epochs > saved.Record.Epoch;
    }

    /// <summary>Writes the state in the background if it is time and the last one has been written.</summary>
    /// <param name="step">How many steps are done.</param>
    /// <param name="state">Gives the state when it is needed; its tensors are copied.</param>
    /// <returns>The checkpoint that has just been finished, if any.</returns>
    public TrainingEvent.CheckpointWritten? SaveIfDue(
        long step, Func<(RunRecord Record, IEnumerable<KeyValuePair<string, Tensor>> Tensors)> state)
    {
        if (_writing is { Task.IsCompleted: false })
        {
            return null;
        }

        TrainingEvent.CheckpointWritten? finished = Finish();
        if (step > _lastStep && (step - _lastStep >= _policy.EverySteps || _sinceLast.Elapsed >= _policy.Every))
        {
            (RunRecord record, IEnumerable<KeyValuePair<string, Tensor>> tensors) = state();
            IReadOnlyList<KeyValuePair<string, Tensor>> copies = Copies(tensors);
            _lastStep = step;
            _sinceLast.Restart();
            _writing = (Task.Run(() => _folder.Write(record, copies)), step);
        }

        return finished;
    }

    /// <summary>Writes the state and waits until it is on the disk.</summary>
    /// <returns>What has been finished: this checkpoint, and one before it if that was still being written.</returns>
    public IReadOnlyList<TrainingEvent.CheckpointWritten> Save((RunRecord Record, IEnumerable<KeyValuePair<string, Tensor>> Tensors) state)
    {
        TrainingEvent.CheckpointWritten? before = Finish();
        string path = _folder.Write(state.Record, [.. state.Tensors]);
        _lastStep = state.Record.Step;
        TrainingEvent.CheckpointWritten now = new(state.Record.Step, path);
        return before is null ? [now] : [before, now];
    }

    public void Dispose()
    {
        if (_writing is { } writing)
        {
            ((IAsyncResult)writing.Task).AsyncWaitHandle.WaitOne(); // on the way out with an error, which must not be hidden by another
        }

        foreach (Tensor copy in _copies.Values)
        {
            copy.Dispose();
        }
    }

    private TrainingEvent.CheckpointWritten? Finish()
    {
        if (_writing is not { } writing)
        {
            return null;
        }

        _writing = null;
        return new TrainingEvent.CheckpointWritten(writing.Step, writing.Task.GetAwaiter().GetResult());
    }

    private List<KeyValuePair<string, Tensor>> Copies(IEnumerable<KeyValuePair<string, Tensor>> tensors)
    {
        using IDisposable guard = no_grad();
        List<KeyValuePair<string, Tensor>> copies = [];
        foreach ((string name, Tensor tensor) in tensors)
        {
            if (!_copies.TryGetValue(name, out Tensor? copy))
            {
                _copies[name] = copy = empty(tensor.shape, tensor.dtype, CPU).DetachFromDisposeScope();
            }

            copy.copy_(tensor);
            copies.Add(KeyValuePair.Create(name, copy));
        }

        return copies;
    }
}
