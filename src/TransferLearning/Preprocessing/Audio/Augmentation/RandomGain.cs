using static System.FormattableString;

namespace TransferLearning;

/// <summary>Makes sound louder or quieter by a uniformly random number of decibels.</summary>
/// <param name="Lowest">The lowest gain, in decibels.</param>
/// <param name="Highest">The highest.</param>
public sealed record RandomGain(double Lowest = -6, double Highest = 6) : WaveformAugmentation
{
    /// <inheritdoc/>
    public override string Fingerprint => Invariant($"gain {Lowest:R} to {Highest:R} dB");

    /// <inheritdoc/>
    public override Waveform Apply(Waveform sound, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(sound);
        ArgumentOutOfRangeException.ThrowIfLessThan(Highest, Lowest);
        float[] louder = sound.Samples.ToArray();
        FrameRows.Scale(louder, float.NegativeInfinity, (float)Math.Pow(10, random.NextDouble(Lowest, Highest) / 20), 0);
        return new Waveform(louder, sound.SampleRate);
    }
}
