using static System.FormattableString;

namespace TransferLearning;

/// <summary>Plays sound at one of some speeds, chosen at random, which changes pitch and length (Ko et al., 2015).</summary>
/// <param name="Factors">The speeds; 1.1 is faster, higher and shorter.</param>
public sealed record SpeedPerturbation(params IReadOnlyList<double> Factors) : WaveformAugmentation
{
    private const int Steps = 1000; // a speed is rounded to thousandths, so that its filter stays small

    /// <summary>The usual speeds: 0.9, 1 and 1.1.</summary>
    public SpeedPerturbation()
        : this(0.9, 1, 1.1)
    {
    }

    /// <inheritdoc/>
    public override string Fingerprint => string.Join(' ', ["speed", .. Factors.Select(factor => Invariant($"{factor:R}"))]);

    /// <inheritdoc/>
    public override Waveform Apply(Waveform sound, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(sound);
        double factor = Factors[random.NextInt32(Factors.Count)];
        int from = (int)Math.Round(factor * Steps);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(from, nameof(Factors));
        return from == Steps ? sound : new Waveform(new Resampling(from, Steps).Apply(sound.Samples.Span), sound.SampleRate);
    }
}
