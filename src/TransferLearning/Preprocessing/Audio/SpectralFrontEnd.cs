using System.Numerics;
using static System.FormattableString;

namespace TransferLearning;

/// <summary>
/// What front ends of torchaudio's form have in common: frames of a sound that is padded at both ends, a window, and the spectrum of each
/// frame. The properties are torchaudio's arguments, with its defaults.
/// </summary>
public abstract record SpectralFrontEnd : AudioFrontEnd
{
    /// <summary>Samples of which a spectrum is taken (n_fft). Default: 400.</summary>
    public int FftLength { get; init; } = 400;

    /// <summary>Samples that the window covers, in the middle of these (win_length). Default: null, all.</summary>
    public int? WindowLength { get; init; }

    /// <summary>Samples from frame to frame (hop_length). Default: null, half a window.</summary>
    public int? HopLength { get; init; }

    /// <summary>Silence put before and behind the sound at first, in samples (pad). Default: 0.</summary>
    public int Padding { get; init; }

    /// <summary>The window, in its periodic form (window_fn). Default: Hann's.</summary>
    public WindowFunction Window { get; init; } = WindowFunction.Hann;

    /// <summary>How spectra are scaled (normalized). Default: not at all.</summary>
    public SpectrumNormalization Normalization { get; init; }

    /// <summary>Whether the sound is padded so that frame f lies around sample f times the hop (center). Default: true.</summary>
    public bool IsCentered { get; init; } = true;

    /// <summary>What it is padded with then (pad_mode). Default: reflection.</summary>
    public PadMode PadMode { get; init; } = PadMode.Reflect;

    /// <inheritdoc/>
    public override string Fingerprint => Invariant(
        $"{SampleRate} Hz; fft {FftLength}; window {Window} {Win}; hop {Hop}; pad {Padding}; ")
        + Invariant($"{Normalization}; center {IsCentered} {PadMode}");

    internal int Bins => (FftLength / 2) + 1;

    private protected int Win => WindowLength ?? FftLength;

    private protected int Hop => HopLength ?? (Win / 2);

    private int Border => IsCentered ? FftLength / 2 : 0;

    /// <inheritdoc/>
    public override int FramesOf(int samples)
    {
        long whole = samples + (2L * Padding) + (2L * Border);
        return whole < FftLength ? 0 : checked((int)(1 + ((whole - FftLength) / Hop)));
    }

    /// <summary>Takes the spectra of all frames.</summary>
    private protected void ForEachSpectrum(ReadOnlySpan<float> samples, SpectralFrames.Take take)
    {
        Check();
        int frames = FramesOf(samples.Length);
        if (frames == 0 || (PadMode is PadMode.Reflect or PadMode.Circular && samples.Length + (2 * Padding) <= Border))
        {
            int least = Math.Max(0, IsCentered ? Border + 1 : FftLength) - (2 * Padding);
            throw new ArgumentException(
                $"{samples.Length} samples are too few for a frame of {FftLength}: expected {least} or more. Pad the sound with silence.",
                nameof(samples));
        }

        float[] padded = Padded(samples);
        Vector<float>[] window = [.. Weights().Select(weight => new Vector<float>(weight))];
        int offset = (FftLength - Win) / 2;
        SpectralFrames.ForEach(
            padded.AsSpan(offset), // outside of the window is 0
            frames,
            Hop,
            Win,
            offset,
            FourierPlan.Of(FftLength),
            values =>
            {
                for (int i = 0; i < values.Length && i < window.Length; i++)
                {
                    values[i] *= window[i];
                }
            },
            take);
    }

    /// <summary>Refuses options that make no sense.</summary>
    private protected virtual void Check()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(SampleRate);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(FftLength);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Win, nameof(WindowLength));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Win, FftLength, nameof(WindowLength));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Hop, nameof(HopLength));
        ArgumentOutOfRangeException.ThrowIfNegative(Padding);
    }

    /// <summary>The window, with the scale of the spectrum in it.</summary>
    private float[] Weights()
    {
        double[] window = WindowTable.Of(Window, Win, isPeriodic: true);
        double scale = Normalization switch
        {
            SpectrumNormalization.None => 1,
            SpectrumNormalization.Window => 1 / Math.Sqrt(window.Sum(weight => weight * weight)),
            SpectrumNormalization.FrameLength => 1 / Math.Sqrt(FftLength),
            _ => throw new ArgumentOutOfRangeException(nameof(Normalization), Normalization, "There is no such normalization."),
        };
        return [.. window.Select(weight => (float)(weight * scale))];
    }

    private float[] Padded(ReadOnlySpan<float> samples)
    {
        int inner = samples.Length + (2 * Padding);
        float[] padded = new float[inner + (2 * Border)];
        samples.CopyTo(padded.AsSpan(Border + Padding));
        for (int i = 0; i < Border && inner > 0; i++)
        {
            (int before, int behind) = PadMode switch
            {
                PadMode.Reflect => (Border + (Border - i), Border + inner - 2 - i),
                PadMode.Replicate => (Border, Border + inner - 1),
                PadMode.Circular => (Border + inner - (Border - i), Border + i),
                _ => (-1, -1),
            };
            if (before >= 0)
            {
                (padded[i], padded[Border + inner + i]) = (padded[before], padded[behind]);
            }
        }

        return padded;
    }
}
