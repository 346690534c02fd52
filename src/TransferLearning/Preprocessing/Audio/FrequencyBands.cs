using static System.FormattableString;

namespace TransferLearning;

/// <summary>
/// Puts the frequencies of a spectrogram together to bands of triangular weights that overlap: torchaudio's <c>MelScale</c>, and its linear
/// filters. <see cref="MelSpectrogram"/> does the same in one step.
/// </summary>
public sealed record FrequencyBands : FrameTransform
{
    /// <summary>The number of bands (n_mels). Default: 128.</summary>
    public int Count { get; init; } = 128;

    /// <summary>The rate of the samples that the spectrogram was made of, in Hz. Default: 16,000.</summary>
    public int SampleRate { get; init; } = 16_000;

    /// <summary>Where the lowest band begins, in Hz (f_min). Default: 0.</summary>
    public double LowestFrequency { get; init; }

    /// <summary>Where the highest band ends, in Hz (f_max). Default: null, half the rate.</summary>
    public double? HighestFrequency { get; init; }

    /// <summary>The scale along which bands have the same distance (mel_scale). Default: HTK's.</summary>
    public FrequencyScale Scale { get; init; } = FrequencyScale.Htk;

    /// <summary>Whether each triangle has the area 1 instead of the height 1 (norm "slaney"). Default: false.</summary>
    public bool HasUnitArea { get; init; }

    /// <inheritdoc/>
    public override string Fingerprint
        => Invariant($"{Count} bands {Scale} {LowestFrequency:R} to {Highest:R} Hz of {SampleRate}; unit area {HasUnitArea}");

    internal double Highest => HighestFrequency ?? (SampleRate / 2);

    /// <inheritdoc/>
    public override int BandsOf(int bands) => Count;

    /// <inheritdoc/>
    public override AudioFrames Apply(AudioFrames frames)
    {
        ArgumentNullException.ThrowIfNull(frames);
        Check();
        BandMatrix matrix = BandMatrix.Of(frames.Bands, this);
        return FrameRows.Combine(frames, Count, matrix.At);
    }

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Count);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(SampleRate);
        ArgumentOutOfRangeException.ThrowIfNegative(LowestFrequency);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(Highest, LowestFrequency, nameof(HighestFrequency));
    }
}
