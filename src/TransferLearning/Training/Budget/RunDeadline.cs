namespace TransferLearning;

/// <summary>When a run must end: a time for training, and a later one for all, so that what was learned last is evaluated.</summary>
internal sealed class RunDeadline : IDisposable
{
    // What is under way when the time is up is ended in this share of it.
    private const double Settling = 0.02;

    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(uint.MaxValue - 2);

    private readonly TimeProvider _clock;
    private readonly TimeSpan? _limit;
    private readonly TimeSpan _before;
    private readonly long _start;
    private readonly CancellationToken _caller;
    private readonly CancellationTokenSource _all;
    private readonly CancellationTokenSource _training;
    private readonly CancellationTokenSource _allOrCaller;
    private readonly CancellationTokenSource _trainingOrAll;
    private readonly TimeSpan _settling;
    private TimeSpan? _begun;
    private TimeSpan _evaluation;
    private TimeSpan _evaluatedSince;

    /// <summary>Starts the clock.</summary>
    /// <param name="limit">How long the run may take; null for no limit.</param>
    /// <param name="before">What the run took before it was interrupted.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="caller">What ends the run at any time.</param>
    public RunDeadline(TimeSpan? limit, TimeSpan before, TimeProvider clock, CancellationToken caller)
    {
        (_limit, _before, _clock, _caller, _start) = (limit, before, clock, caller, clock.GetTimestamp());
        _settling = (limit ?? TimeSpan.Zero) * Settling;
        _all = new CancellationTokenSource(Wait(Left is { } left ? Positive(left - _settling) : null), clock);
        _training = new CancellationTokenSource(Wait(Left), clock);
        _allOrCaller = CancellationTokenSource.CreateLinkedTokenSource(_all.Token, caller);
        _trainingOrAll = CancellationTokenSource.CreateLinkedTokenSource(_training.Token, _allOrCaller.Token);
    }

    /// <summary>Ends everything.</summary>
    public CancellationToken All => _allOrCaller.Token;

    /// <summary>Ends training.</summary>
    public CancellationToken Training => _trainingOrAll.Token;

    /// <summary>Whether the time ended training, and not the caller.</summary>
    public bool HasPassed => !_caller.IsCancellationRequested && _trainingOrAll.IsCancellationRequested;

    /// <summary>How long the run has taken, with what it took before it was interrupted.</summary>
    public TimeSpan Spent => _before + _clock.GetElapsedTime(_start);

    /// <summary>How much time there is; null for no limit.</summary>
    public TimeSpan? Left => _limit is { } limit ? limit > Spent ? limit - Spent : TimeSpan.Zero : null;

    /// <summary>Ends training so long before everything.</summary>
    public void Reserve(TimeSpan time)
    {
        if (Left is { } left)
        {
            _training.CancelAfter(Wait(Positive(left - time - _settling)));
        }
    }

    /// <summary>Says that a step is about to begin. Training ends here where there is no time for one like the last and for an evaluation:
    /// machines become slower.</summary>
    /// <returns>What ends training.</returns>
    public CancellationToken BeginStep()
    {
        TimeSpan now = Spent;
        TimeSpan after = _evaluation == TimeSpan.Zero ? TimeSpan.Zero : _evaluation + _settling;
        if (_begun is { } before && Left < now - before - _evaluatedSince + after)
        {
            _training.Cancel();
        }

        (_begun, _evaluatedSince) = (now, TimeSpan.Zero);
        return Training;
    }

    /// <summary>Runs an evaluation, which takes time that is not a step's.</summary>
    public T Evaluate<T>(Func<T> evaluate)
    {
        TimeSpan before = Spent;
        T result = evaluate();
        _evaluation = Spent - before;
        _evaluatedSince += _evaluation;
        return result;
    }

    /// <summary>What ends after a share of the time that is left.</summary>
    public CancellationTokenSource Within(double share) => new(Wait(Left * share), _clock);

    public void Dispose()
    {
        _trainingOrAll.Dispose();
        _allOrCaller.Dispose();
        _training.Dispose();
        _all.Dispose();
    }

    private static TimeSpan Positive(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.Zero;

    private static TimeSpan Wait(TimeSpan? time) => time is { } given && given <= Longest ? given : Timeout.InfiniteTimeSpan;
}
