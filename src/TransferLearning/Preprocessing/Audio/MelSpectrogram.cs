using static System.FormattableString;

namespace TransferLearning;

/// <summary>The spectrum of each frame, put together to mel bands: torchaudio's <c>MelSpectrogram</c> (Stevens, Volkmann and Newman,
/// 1937).</summary>
/// <example>
/// <code>
/// AudioFrontEnd logMel = new MelSpectrogram { HopLength = 160, MelBands = 80 }.Then(new LogarithmScale());
/// </code>
/// </example>
public sealed record MelSpectrogram : SpectralFrontEnd
{
    /// <summary>The number of bands (n_mels). Default: 128.</summary>
    public int MelBands { get; init; } = 128;

    /// <summary>Where the lowest band begins, in Hz (f_min). Default: 0.</summary>
    public double LowestFrequency { get; init; }

    /// <summary>Where the highest band ends, in Hz (f_max). Default: null, half the rate.</summary>
    public double? HighestFrequency { get; init; }

    /// <summary>The scale along which bands have the same distance (mel_scale). Default: HTK's.</summary>
    public FrequencyScale Scale { get; init; } = FrequencyScale.Htk;

    /// <summary>Whether each triangle has the area 1 instead of the height 1 (norm "slaney"). Default: false.</summary>
    public bool HasUnitArea { get; init; }

    /// <summary>The power of the magnitude: 2 for power, 1 for magnitude. Default: 2.</summary>
    public double Power { get; init; } = 2;

    /// <inheritdoc/>
    public override int Bands => MelBands;

    /// <inheritdoc/>
    public override string Fingerprint => Invariant($"mel spectrogram; {base.Fingerprint}; power {Power:R}; {Filters.Fingerprint}");

    private FrequencyBands Filters => new()
    {
        Count = MelBands,
        SampleRate = SampleRate,
        LowestFrequency = LowestFrequency,
        HighestFrequency = HighestFrequency,
        Scale = Scale,
        HasUnitArea = HasUnitArea,
    };

    /// <inheritdoc/>
    public override AudioFrames Compute(ReadOnlySpan<float> samples)
    {
        Check();
        int frames = FramesOf(samples.Length);
        float[] values = new float[MelBands * frames];
        BandMatrix matrix = BandMatrix.Of(Bins, Filters);
        double power = Power;
        ForEachSpectrum(samples, (real, imaginary, first, count) =>
        {
            SpectrumPower.Raise(real, imaginary, power);
            for (int band = 0; band < matrix.Bands; band++)
            {
                SpectralFrames.Store(matrix.Sum(real, band), values.AsSpan(band * frames, frames), first, count);
            }
        });
        return new AudioFrames(values, MelBands, frames);
    }

    private protected override void Check()
    {
        base.Check();
        Filters.Check();
    }
}
