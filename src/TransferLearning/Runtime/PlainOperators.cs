namespace TransferLearning;

/// <summary>Until it is disposed, layers on the calling thread run LibTorch's own operators alone, the same ones for inputs of every size:
/// for programs that record them, as an export does. Scopes may be nested; the thread that made one disposes it.</summary>
public sealed class PlainOperators : IDisposable
{
    [ThreadStatic]
    private static int _depth;

    private bool _isDisposed;

    /// <summary>Begins a scope.</summary>
    public PlainOperators() => _depth++;

    /// <summary>Whether the calling thread is in such a scope.</summary>
    internal static bool AreWanted => _depth > 0;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            _depth--;
        }
    }
}
