namespace TransferLearning;

/// <summary>
/// A log of one training run in files: an observer of <see cref="FineTuneOptions.Observers"/>, of which a run may have several. Every entry
/// is written through to the operating system at once, so a killed program loses none.
/// </summary>
/// <remarks>A run that resumes from a checkpoint continues its log where that lies: later entries, and one that was half written, are
/// removed, so no step is there twice. A run that begins anew replaces what the log held. Dispose it after the run.</remarks>
public abstract class RunLog : IProgress<TrainingEvent>, IDisposable
{
    private HashSet<string> _kept = [];
    private long _begin;
    private State _state;

    private protected RunLog() { }

    private enum State
    {
        New,
        Open,
        Closed,
    }

    /// <summary>Takes what happened.</summary>
    /// <param name="value">The event.</param>
    /// <exception cref="InvalidOperationException">A second run begins, which needs a log of its own.</exception>
    /// <exception cref="IOException">The entry could not be written.</exception>
    public void Report(TrainingEvent value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value is TrainingEvent.Started started)
        {
            if (_state != State.New)
            {
                throw new InvalidOperationException(
                    $"This {GetType().Name} holds a run already: make one with another path for the next run.");
            }

            (_begin, _kept, _state) = (started.Step, Begin(started.Step), State.Open);
        }
        else if (_state == State.Open && RunLogEntry.Of(value) is { } entry && !(entry.Step == _begin && _kept.Contains(entry.Kind)))
        {
            Write(entry);
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _state = State.Closed;
        Close();
        GC.SuppressFinalize(this);
    }

    /// <summary>Opens the log for a run that has done so many steps.</summary>
    /// <returns>The kinds of entries that are kept of that very step.</returns>
    private protected abstract HashSet<string> Begin(long step);

    /// <summary>Writes an entry through.</summary>
    private protected abstract void Write(RunLogEntry entry);

    /// <summary>Closes what is open.</summary>
    private protected abstract void Close();
}
