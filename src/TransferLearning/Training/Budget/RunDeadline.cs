namespace TransferLearning;

/// <summary>When a run must end: a time for training, and a later one for all, so that what was learned last is evaluated.</summary>
internal sealed class RunDeadline : IDisposable
{
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

    /// <summary>Starts the clock.</summary>
    /// <param name="limit">How long the run may take; null for no limit.</param>
    /// <param name="before">What the run took before it was interrupted.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="caller">What ends the run at any time.</param>
    public RunDeadline(TimeSpan? limit, TimeSpan before, TimeProvider clock, CancellationToken caller)
    {
        (_limit, _before, _clock, _caller, _start) = (limit, before, clock, caller, clock.GetTimestamp());
        (_all, _training) = (new CancellationTokenSource(Wait(Left), clock), new CancellationTokenSource(Wait(Left), clock));
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
            _training.CancelAfter(Wait(left > time ? left - time : TimeSpan.Zero));
        }
    }

    public void Dispose()
    {
        _trainingOrAll.Dispose();
        _allOrCaller.Dispose();
        _training.Dispose();
        _all.Dispose();
    }

    private static TimeSpan Wait(TimeSpan? time) => time is { } given && given <= Longest ? given : Timeout.InfiniteTimeSpan;
}
