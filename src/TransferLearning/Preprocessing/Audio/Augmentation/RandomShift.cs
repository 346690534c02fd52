using static System.FormattableString;

namespace TransferLearning;

/// <summary>Moves sound earlier or later by a uniformly random time, keeping its length: what is pushed out is lost, silence comes
/// in.</summary>
/// <param name="Longest">The longest way, in both directions.</param>
public sealed record RandomShift(TimeSpan Longest) : WaveformAugmentation
{
    /// <summary>Whether what is pushed out comes in at the other end instead of silence. Default: false.</summary>
    public bool Wraps { get; init; }

    /// <inheritdoc/>
    public override string Fingerprint => Invariant($"shift {Longest} wraps {Wraps}");

    /// <inheritdoc/>
    public override Waveform Apply(Waveform sound, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(sound);
        ArgumentOutOfRangeException.ThrowIfLessThan(Longest, TimeSpan.Zero);
        ReadOnlySpan<float> samples = sound.Samples.Span;
        int most = (int)Math.Min(samples.Length, Longest.TotalSeconds * sound.SampleRate);
        int shift = random.NextInt32((2 * most) + 1) - most;
        float[] moved = new float[samples.Length];
        int kept = samples.Length - Math.Abs(shift);
        samples.Slice(Math.Max(0, -shift), kept).CopyTo(moved.AsSpan(Math.Max(0, shift)));
        if (Wraps)
        {
            ReadOnlySpan<float> lost = shift > 0 ? samples[kept..] : samples[..^kept];
            lost.CopyTo(shift > 0 ? moved : moved.AsSpan(kept));
        }

        return new Waveform(moved, sound.SampleRate);
    }
}
