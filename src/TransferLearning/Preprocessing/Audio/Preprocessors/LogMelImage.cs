namespace TransferLearning;

/// <summary>
/// How sounds become images for networks that were trained on photos: mel bands from the lowest row to the highest, moments from left to
/// right, decibels as brightness in all three channels.
/// </summary>
public sealed record LogMelImage
{
    private const int FftLength = 2048;
    private const double Range = 80;

    /// <summary>Samples a second; sounds of other rates are resampled. Default: 16,000.</summary>
    public int SampleRate { get; init; } = 16_000;

    /// <summary>How much sound an image shows: longer ones are cut, and counted as truncated, shorter ones filled with silence. Default:
    /// 5.</summary>
    public double Seconds { get; init; } = 5;

    /// <summary>The height of the image, one row for each mel band; null means as the network wants it. Default: null.</summary>
    public int? Height { get; init; }

    /// <summary>The width of the image; null means as the network wants it. Default: null.</summary>
    public int? Width { get; init; }

    /// <summary>What is subtracted from the brightness, 0 to 1, of each channel; null means as the network wants it. Default:
    /// null.</summary>
    public IReadOnlyList<float>? Mean { get; init; }

    /// <summary>What each channel is divided by then; null means as the network wants it. Default: null.</summary>
    public IReadOnlyList<float>? Std { get; init; }

    /// <summary>Everything that changes the result, in words.</summary>
    internal string Fingerprint
        => string.Create(CultureInfo.InvariantCulture, $"LogMelImage({SampleRate};{Seconds:R};{Height}x{Width};")
            + string.Join(',', (Mean ?? []).Concat(Std ?? []).Select(number => number.ToString("R", CultureInfo.InvariantCulture))) + ")";

    internal int Samples => (int)Math.Round(Seconds * SampleRate);

    /// <summary>Checks every value; the message names it.</summary>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(SampleRate);
        ArgumentOutOfRangeException.ThrowIfLessThan(Height ?? 4, 4, nameof(Height));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Width ?? 1, nameof(Width));
        if (!(Seconds > 0 && Seconds * SampleRate < (1 << 28)) || Samples < FftLength)
        {
            throw new ArgumentOutOfRangeException(
                nameof(Seconds), Seconds, $"An image must show at least {FftLength} samples, and at most {1 << 28}.");
        }
    }

    /// <summary>The frames of a sound of <see cref="Samples"/> samples, from 0 for silence to 1 for the loudest.</summary>
    internal AudioFrames Frames(ReadOnlySpan<float> samples)
    {
        (int height, int width) = (Height!.Value, Width!.Value);
        AudioFrontEnd decibels = new MelSpectrogram
        {
            SampleRate = SampleRate,
            FftLength = FftLength,
            HopLength = Math.Max(1, Samples / width),
            MelBands = height,
        }.Then(new DecibelScale { TopDecibels = Range });
        AudioFrames frames = decibels.Compute(samples);
        float loudest = FrameRows.Largest(frames.Values);
        FrameRows.Scale(frames.Values, float.NegativeInfinity, (float)(1 / Range), (float)(1 - (loudest / Range)));
        return frames.PaddedTo(width);
    }
}
