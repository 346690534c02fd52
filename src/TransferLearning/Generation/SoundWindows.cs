namespace TransferLearning;

/// <summary>A sound that is read in windows that move forward; no more of it is in memory than one window.</summary>
/// <param name="parts">The sound in parts, all of one rate.</param>
internal sealed class SoundWindows(IEnumerable<Waveform> parts) : IDisposable
{
    private readonly IEnumerator<Waveform> _parts = parts.GetEnumerator();
    private float[] _samples = [];
    private int _first;
    private int _count;
    private bool _isAtEnd;

    /// <summary>How many samples lie before the window.</summary>
    public long Position { get; private set; }

    /// <summary>The next samples; fewer at the end, where there are no more behind them. Valid until the next call.</summary>
    public ReadOnlyMemory<float> Peek(int count)
    {
        while (_count < count && !_isAtEnd)
        {
            _isAtEnd = !_parts.MoveNext();
            if (!_isAtEnd)
            {
                Append(_parts.Current.Samples.Span);
            }
        }

        return _samples.AsMemory(_first, Math.Min(count, _count));
    }

    /// <summary>Moves the window forward, over samples that were looked at.</summary>
    public void Skip(int count)
    {
        count = Math.Min(count, _count);
        (_first, _count, Position) = (_first + count, _count - count, Position + count);
    }

    public void Dispose() => _parts.Dispose();

    private void Append(ReadOnlySpan<float> samples)
    {
        if (_first + _count + samples.Length > _samples.Length)
        {
            float[] larger = new float[Math.Max(_samples.Length, 2 * (_count + samples.Length))];
            _samples.AsSpan(_first, _count).CopyTo(larger);
            (_samples, _first) = (larger, 0);
        }

        samples.CopyTo(_samples.AsSpan(_first + _count));
        _count += samples.Length;
    }
}
