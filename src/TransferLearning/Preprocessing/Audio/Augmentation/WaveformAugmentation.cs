
namespace TransferLearning;

/// <summary>
/// Alters sound at random for training. Immutable; what it draws comes from the <see cref="SeededRandom"/> that it is handed, and so
/// depends
/// on seed, epoch and sample alone.
/// </summary>
public abstract record WaveformAugmentation
{
    /// <summary>Everything that changes the result, in words.</summary>
    public abstract string Fingerprint { get; }

    /// <summary>Alters a sound.</summary>
    /// <param name="sound">The sound; it is not changed.</param>
    /// <param name="random">What is drawn from.</param>
    /// <returns>Another sound of the same rate.</returns>
    public abstract Waveform Apply(Waveform sound, ref SeededRandom random);
}
