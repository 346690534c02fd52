namespace TransferLearning;

/// <summary>
/// Resamples a sound that comes in parts (<see cref="Resampling.Start"/>): what it keeps between them is a few samples. Not for several
/// threads at once.
/// </summary>
public sealed class StreamingResampler
{
    private readonly ResamplingKernel _kernel;
    private float[] _input;
    private int _count;
    private long _start; // the number of the sample at _input[0]
    private long _written;
    private long _given;
    private bool _isFinished;

    internal StreamingResampler(ResamplingKernel kernel)
    {
        _kernel = kernel;
        (_count, _start) = (kernel.Before, -kernel.Before); // silence
        _input = new float[_count];
    }

    /// <summary>Takes the next samples.</summary>
    /// <param name="samples">Any number of them.</param>
    /// <returns>What can be computed so far and has not been given yet, in memory of its own.</returns>
    /// <exception cref="InvalidOperationException">The sound has been finished.</exception>
    public ReadOnlyMemory<float> Write(ReadOnlySpan<float> samples)
    {
        ObjectDisposedException.ThrowIf(_isFinished, this);
        samples.CopyTo(Room(samples.Length));
        _written += samples.Length;
        long ready = _given;
        long wanted = _kernel.LengthOf(_written);
        // The last samples need what comes behind; as many as may are near to the end.
        ready = Math.Max(ready, wanted - _kernel.LengthOf(_kernel.After) - 1);
        while (ready < wanted && _kernel.EndOf(ready) <= _start + _count)
        {
            ready++;
        }

        while (ready > _given && _kernel.EndOf(ready - 1) > _start + _count)
        {
            ready--;
        }

        return Give(ready);
    }

    /// <summary>Ends the sound: silence follows.</summary>
    /// <returns>The last samples.</returns>
    /// <exception cref="InvalidOperationException">The sound has been finished already.</exception>
    public ReadOnlyMemory<float> Finish()
    {
        ObjectDisposedException.ThrowIf(_isFinished, this);
        _isFinished = true;
        long end = _kernel.LengthOf(_written);
        if (end > _given)
        {
            Room((int)Math.Max(0, _kernel.EndOf(end - 1) - _start - _count)).Clear();
        }

        return Give(end);
    }

    private Span<float> Room(int count)
    {
        if (_input.Length < _count + count)
        {
            Array.Resize(ref _input, _count + count);
        }

        _count += count;
        return _input.AsSpan(_count - count, count);
    }

    private float[] Give(long end)
    {
        float[] output = new float[end - _given];
        _kernel.Run(_input.AsSpan(0, _count), _start, output, _given);
        _given = end;
        int used = (int)Math.Clamp(_kernel.FirstOf(_given) - _start, 0, _count);
        _input.AsSpan(used, _count - used).CopyTo(_input);
        (_count, _start) = (_count - used, _start + used);
        return output;
    }
}
