namespace TransferLearning;

/// <summary>
/// Keeps something alive while calls use it: once ended it refuses new calls, and what it frees goes with the last one under way.
/// </summary>
/// <param name="owner">What <see cref="ObjectDisposedException"/> names.</param>
/// <param name="free">Frees it, once.</param>
internal sealed class SharedUse(object owner, Action free)
{
    private readonly Lock _gate = new();
    private int _uses;
    private bool _isEnded;

    /// <summary>Begins a use, which the result's disposal ends.</summary>
    /// <exception cref="ObjectDisposedException">It was ended.</exception>
    public IDisposable Begin()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isEnded, owner);
            _uses++;
        }

        return new Use(() => Leave(isEnd: false));
    }

    /// <summary>Refuses new uses and frees at once where there is none, else with the last one.</summary>
    public void End() => Leave(isEnd: true);

    private void Leave(bool isEnd)
    {
        lock (_gate)
        {
            if (isEnd && _isEnded)
            {
                return;
            }

            (_isEnded, _uses) = (_isEnded || isEnd, _uses - (isEnd ? 0 : 1));
            if (!_isEnded || _uses > 0)
            {
                return;
            }
        }

        free();
    }

    private sealed class Use(Action end) : IDisposable
    {
        private Action? _end = end;

        public void Dispose() => Interlocked.Exchange(ref _end, null)?.Invoke();
    }
}
