using static System.FormattableString;

namespace TransferLearning;

/// <summary>Kaldi's mel frequency cepstral coefficients, as torchaudio's <c>compliance.kaldi.mfcc</c> gives them.</summary>
public sealed record KaldiMfcc : AudioFrontEnd
{
    private readonly KaldiFilterBank _filters = new();

    /// <summary>Makes it with Kaldi's defaults.</summary>
    public KaldiMfcc() => SampleRate = _filters.SampleRate;

    /// <summary>
    /// The mel bands, with their logarithm and power; its energy becomes the first coefficient, and with
    /// <see cref="KaldiFilterBank.HasEnergyLast"/> the first coefficient comes last.
    /// </summary>
    public KaldiFilterBank Filters
    {
        get => _filters;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            (_filters, SampleRate) = (value, value.SampleRate);
        }
    }

    /// <summary>How many coefficients (num_ceps). Default: 13.</summary>
    public int Coefficients { get; init; } = 13;

    /// <summary>How much higher coefficients are raised, 0 for not at all (cepstral_lifter). Default: 22.</summary>
    public double CepstralLifter { get; init; } = 22;

    /// <inheritdoc/>
    public override int Bands => Coefficients;

    /// <inheritdoc/>
    public override string Fingerprint => Invariant(
        $"Kaldi MFCC {Coefficients}, lifter {CepstralLifter:R}; {SampleRate} Hz; {Filters.Fingerprint}");

    /// <inheritdoc/>
    public override int FramesOf(int samples) => Filters.FramesOf(samples);

    /// <inheritdoc/>
    public override AudioFrames Compute(ReadOnlySpan<float> samples)
    {
        bool isPlain = Filters is { IsLogarithm: true, IsPower: true } && SampleRate == Filters.SampleRate;
        if (!isPlain)
        {
            throw new ArgumentException($"{nameof(Filters)} gives the logarithm of the power, at the rate of these coefficients.");
        }

        AudioFrames bands = (Filters with { SubtractsMean = false }).Compute(samples);
        int count = bands.Count;
        int firstBand = Filters is { HasEnergy: true, HasEnergyLast: false } ? 1 : 0;
        AudioFrames mel = new(bands.Values.Slice(firstBand * count, Filters.MelBands * count).ToArray(), Filters.MelBands, count);
        AudioFrames cepstrum = new CosineTransform(Coefficients).Apply(mel);
        for (int row = 0; row < Coefficients && CepstralLifter != 0; row++)
        {
            float factor = (float)(1 + (0.5 * CepstralLifter * Math.Sin(Math.PI * row / CepstralLifter)));
            FrameRows.Scale(cepstrum.Band(row), float.NegativeInfinity, factor, 0);
        }

        if (Filters.HasEnergy)
        {
            bands.Band(Filters.HasEnergyLast ? Filters.MelBands : 0).CopyTo(cepstrum.Band(0));
        }

        if (Filters.HasEnergyLast)
        {
            float[] first = cepstrum.Band(0).ToArray();
            FrameRows.Scale(first, float.NegativeInfinity, Filters.HasEnergy ? 1 : MathF.Sqrt(2), 0);
            cepstrum.Values[count..].CopyTo(cepstrum.Values);
            first.CopyTo(cepstrum.Band(Coefficients - 1));
        }

        if (Filters.SubtractsMean)
        {
            FrameRows.SubtractMeans(cepstrum);
        }

        return cepstrum;
    }
}
