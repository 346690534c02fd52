using static System.FormattableString;

namespace TransferLearning;

/// <summary>Adds noise, so that the sound is a uniformly random number of decibels above it.</summary>
/// <param name="LowestRatio">The lowest ratio of the sound's power to the noise's, in decibels: the loudest noise.</param>
/// <param name="HighestRatio">The highest.</param>
public sealed record AddedNoise(double LowestRatio = 5, double HighestRatio = 30) : WaveformAugmentation
{
    private const int Octaves = 16;

    /// <summary>The colour of noise that is made. Default: white.</summary>
    public NoiseColor Color { get; init; } = NoiseColor.White;

    /// <summary>
    /// Recordings of noise, one of which is taken at random, from a random place and again from its beginning where it ends. Default: none,
    /// noise is made.
    /// </summary>
    public IReadOnlyList<Waveform> Recordings { get; init; } = [];

    /// <summary>The share of sounds that get noise. Default: 1.</summary>
    public double Probability { get; init; } = 1;

    /// <inheritdoc/>
    public override string Fingerprint => Invariant(
        $"noise {LowestRatio:R} to {HighestRatio:R} dB, {Color}, {Probability:R}, ")
        + string.Join(
            ' ', Recordings.Select(noise => Invariant($"{noise.SampleRate}x{noise.Samples.Length}:{Power(noise.Samples.Span):R}")));

    /// <inheritdoc/>
    public override Waveform Apply(Waveform sound, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(sound);
        ArgumentOutOfRangeException.ThrowIfLessThan(HighestRatio, LowestRatio);
        if (!random.NextBoolean(Probability))
        {
            return sound;
        }

        double ratio = random.NextDouble(LowestRatio, HighestRatio);
        ReadOnlySpan<float> samples = sound.Samples.Span;
        float[] noisy = new float[samples.Length];
        Fill(noisy, sound.SampleRate, ref random);
        double noisePower = Power(noisy);
        double scale = noisePower > 0 ? Math.Sqrt(Power(samples) / (noisePower * Math.Pow(10, ratio / 10))) : 0;
        for (int i = 0; i < noisy.Length; i++)
        {
            noisy[i] = samples[i] + (float)(noisy[i] * scale);
        }

        return new Waveform(noisy, sound.SampleRate);
    }

    private void Fill(Span<float> noise, int sampleRate, ref SeededRandom random)
    {
        if (Recordings.Count > 0)
        {
            Waveform recording = Resampling.Apply(Recordings[random.NextInt32(Recordings.Count)], sampleRate);
            ReadOnlySpan<float> from = recording.Samples.Span;
            int place = from.Length > 0 ? random.NextInt32(from.Length) : 0;
            for (int i = 0; i < noise.Length && from.Length > 0; i++, place = (place + 1) % from.Length)
            {
                noise[i] = from[place];
            }

            return;
        }

        // Pink noise is a sum of noises, each of which changes half as often as the one before (Voss and Clarke, 1978).
        Span<float> rows = stackalloc float[Octaves];
        for (int i = 0; i < noise.Length; i++)
        {
            float sample = (float)random.NextGaussian();
            if (Color == NoiseColor.Pink)
            {
                rows[Math.Min(Octaves - 1, System.Numerics.BitOperations.TrailingZeroCount(i + 1))] = (float)random.NextGaussian();
                foreach (float row in rows)
                {
                    sample += row;
                }
            }

            noise[i] = sample;
        }
    }

    private static double Power(ReadOnlySpan<float> samples)
    {
        double sum = 0;
        foreach (float sample in samples)
        {
            sum += (double)sample * sample;
        }

        return sum / Math.Max(1, samples.Length);
    }
}
