namespace TransferLearning;

/// <summary>Sound of one channel in memory. Immutable; nothing to dispose.</summary>
public sealed class Waveform
{
    /// <summary>Keeps samples, without copying them.</summary>
    /// <param name="samples">The samples, from -1 to 1 for full volume; not changed afterwards.</param>
    /// <param name="sampleRate">Samples a second, in Hz.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is not positive.</exception>
    public Waveform(ReadOnlyMemory<float> samples, int sampleRate)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sampleRate);
        (Samples, SampleRate) = (samples, sampleRate);
    }

    /// <summary>The samples, from -1 to 1 for full volume.</summary>
    public ReadOnlyMemory<float> Samples { get; }

    /// <summary>Samples a second, in Hz.</summary>
    public int SampleRate { get; }

    /// <summary>How long it lasts.</summary>
    public TimeSpan Duration => TimeSpan.FromSeconds((double)Samples.Length / SampleRate);
}
