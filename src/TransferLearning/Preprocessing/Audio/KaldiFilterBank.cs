using System.Numerics;
using static System.FormattableString;

namespace TransferLearning;

/// <summary>
/// Kaldi's mel filter bank ("fbank"), as torchaudio's <c>compliance.kaldi.fbank</c> gives it (Povey et al., 2011). The properties are its
/// arguments with its defaults; nothing is dithered, so that the same sound always gives the same frames. Samples are scaled to 16 bits
/// first, as Kaldi reads them.
/// </summary>
public sealed record KaldiFilterBank : AudioFrontEnd
{
    private const float Epsilon = 1.1920929e-7f; // of float32, the smallest number that a logarithm is taken of

    /// <summary>The number of mel bands (num_mel_bins). Default: 23.</summary>
    public int MelBands { get; init; } = 23;

    /// <summary>What samples from -1 to 1 are multiplied by first. Default: 32,768.</summary>
    public double SampleScale { get; init; } = 32_768;

    /// <summary>How much sound a frame covers (frame_length). Default: 25 ms.</summary>
    public TimeSpan FrameLength { get; init; } = TimeSpan.FromMilliseconds(25);

    /// <summary>From frame to frame (frame_shift). Default: 10 ms.</summary>
    public TimeSpan FrameShift { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>The window, in its symmetric form (window_type). Default: Povey's.</summary>
    public WindowFunction Window { get; init; } = WindowFunction.Povey;

    /// <summary>The first coefficient of Blackman's window (blackman_coeff). Default: 0.42.</summary>
    public double BlackmanCoefficient { get; init; } = 0.42;

    /// <summary>How much of the sample before is taken off each sample (preemphasis_coefficient). Default: 0.97.</summary>
    public double Preemphasis { get; init; } = 0.97;

    /// <summary>Whether each frame is freed of its mean (remove_dc_offset). Default: true.</summary>
    public bool RemovesOffset { get; init; } = true;

    /// <summary>Whether spectra are taken of the next power of two samples (round_to_power_of_two). Default: true.</summary>
    public bool RoundsToPowerOfTwo { get; init; } = true;

    /// <summary>Whether only frames are taken that lie inside; else the sound is mirrored at its ends (snip_edges). Default:
    /// true.</summary>
    public bool SnipsEdges { get; init; } = true;

    /// <summary>Where the lowest band begins, in Hz (low_freq). Default: 20.</summary>
    public double LowestFrequency { get; init; } = 20;

    /// <summary>Where the highest band ends, in Hz; 0 or less counts from half the rate (high_freq). Default: 0.</summary>
    public double HighestFrequency { get; init; }

    /// <summary>Whether the power is taken, and not the magnitude (use_power). Default: true.</summary>
    public bool IsPower { get; init; } = true;

    /// <summary>Whether the logarithm is taken (use_log_fbank). Default: true.</summary>
    public bool IsLogarithm { get; init; } = true;

    /// <summary>Whether the logarithm of the energy is a band of its own (use_energy). Default: false.</summary>
    public bool HasEnergy { get; init; }

    /// <summary>Whether the energy is the last band and not the first (htk_compat). Default: false.</summary>
    public bool HasEnergyLast { get; init; }

    /// <summary>Whether the energy is taken before the pre-emphasis and the window (raw_energy). Default: true.</summary>
    public bool UsesRawEnergy { get; init; } = true;

    /// <summary>The least energy, 0 for none (energy_floor). Default: 1.</summary>
    public double EnergyFloor { get; init; } = 1;

    /// <summary>Whether each band is freed of its mean over time (subtract_mean). Default: false.</summary>
    public bool SubtractsMean { get; init; }

    /// <summary>By how much frequencies are warped, 1 for not at all (vtln_warp). Default: 1.</summary>
    public double Warp { get; init; } = 1;

    /// <summary>The lower end of the part that is warped linearly, in Hz (vtln_low). Default: 100.</summary>
    public double WarpLow { get; init; } = 100;

    /// <summary>Its upper end, in Hz; less than 0 counts from half the rate (vtln_high). Default: -500.</summary>
    public double WarpHigh { get; init; } = -500;

    /// <inheritdoc/>
    public override int Bands => MelBands + (HasEnergy ? 1 : 0);

    /// <inheritdoc/>
    public override string Fingerprint => Invariant(
        $"Kaldi filter bank; {SampleRate} Hz x {SampleScale:R}; ")
        + Invariant($"{MelBands} bands {LowestFrequency:R} to {HighestFrequency:R}; {FrameLength} {FrameShift}; ")
        + Invariant($"{Window} {BlackmanCoefficient:R}; {Preemphasis:R} {RemovesOffset} {RoundsToPowerOfTwo} {SnipsEdges}; ")
        + Invariant($"{IsPower} {IsLogarithm}; ")
        + Invariant($"energy {HasEnergy} {HasEnergyLast} {UsesRawEnergy} {EnergyFloor:R}; {SubtractsMean}; ")
        + Invariant($"warp {Warp:R} {WarpLow:R} {WarpHigh:R}");

    private int Size => (int)(SampleRate * FrameLength.TotalMilliseconds * 0.001);

    private int Shift => (int)(SampleRate * FrameShift.TotalMilliseconds * 0.001);

    private int FftLength => RoundsToPowerOfTwo ? (int)BitOperations.RoundUpToPowerOf2((uint)Size) : Size;

    /// <inheritdoc/>
    public override int FramesOf(int samples)
        => !SnipsEdges ? (samples + (Shift / 2)) / Shift : samples < Size ? 0 : 1 + ((samples - Size) / Shift);

    /// <inheritdoc/>
    public override AudioFrames Compute(ReadOnlySpan<float> samples)
    {
        Check();
        int frames = FramesOf(samples.Length);
        if (frames == 0)
        {
            throw new ArgumentException(
                $"{samples.Length} samples are too few for a frame of {Size}. Pad the sound with silence.", nameof(samples));
        }

        float[] values = new float[Bands * frames];
        int energyRow = HasEnergy ? (HasEnergyLast ? MelBands : 0) : -1;
        int firstRow = energyRow == 0 ? 1 : 0;
        BandMatrix matrix = Matrix();
        float[] window = [.. WindowTable.Of(Window, Size, isPeriodic: false, BlackmanCoefficient).Select(weight => (float)weight)];
        Vector<float> energy = default;
        SpectralFrames.ForEach(
            SnipsEdges ? samples : Mirrored(samples, frames),
            frames,
            Shift,
            Size,
            0,
            FourierPlan.Of(FftLength),
            own => energy = Prepare(own, window),
            (real, imaginary, first, count) =>
            {
                SpectrumPower.Raise(real, imaginary, IsPower ? 2 : 1);
                for (int band = 0; band < MelBands; band++)
                {
                    SpectralFrames.Store(matrix.Sum(real, band), values.AsSpan((firstRow + band) * frames, frames), first, count);
                }

                if (energyRow >= 0)
                {
                    SpectralFrames.Store(energy, values.AsSpan(energyRow * frames, frames), first, count);
                }
            });
        AudioFrames made = new(values, Bands, frames);
        if (IsLogarithm)
        {
            FrameRows.Logarithm(made.Values.Slice(firstRow * frames, MelBands * frames), 0, Epsilon, MathF.Log(2));
        }

        if (SubtractsMean)
        {
            FrameRows.SubtractMeans(made);
        }

        return made;
    }

    private void Check()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(SampleRate);
        ArgumentOutOfRangeException.ThrowIfLessThan(Size, 2, nameof(FrameLength));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Shift, nameof(FrameShift));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(MelBands, 3);
        ArgumentOutOfRangeException.ThrowIfNegative(EnergyFloor);
        double half = SampleRate * 0.5;
        double high = HighestFrequency <= 0 ? HighestFrequency + half : HighestFrequency;
        ArgumentOutOfRangeException.ThrowIfNegative(LowestFrequency);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(high, LowestFrequency, nameof(HighestFrequency));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(high, half, nameof(HighestFrequency));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Warp);
    }

    /// <summary>Makes frames ready for their spectra.</summary>
    /// <returns>The logarithms of their energies.</returns>
    private Vector<float> Prepare(Span<Vector<float>> frames, float[] window)
    {
        Vector<float> scale = new((float)SampleScale);
        Vector<float> mean = Vector<float>.Zero;
        foreach (ref Vector<float> sample in frames)
        {
            sample *= scale;
            mean += sample;
        }

        mean = RemovesOffset ? mean / frames.Length : Vector<float>.Zero;
        Vector<float> energy = Vector<float>.Zero;
        foreach (ref Vector<float> sample in frames)
        {
            sample -= mean;
            energy += sample * sample;
        }

        float factor = (float)Preemphasis;
        for (int i = frames.Length - 1; i >= 0; i--)
        {
            frames[i] = (frames[i] - (frames[Math.Max(0, i - 1)] * factor)) * window[i];
        }

        if (!UsesRawEnergy)
        {
            energy = Vector<float>.Zero;
            foreach (Vector<float> sample in frames)
            {
                energy += sample * sample;
            }
        }

        Vector<float> logarithm = Vector.Log(Vector.Max(energy, new Vector<float>(Epsilon)));
        return EnergyFloor == 0 ? logarithm : Vector.Max(logarithm, new Vector<float>((float)Math.Log(EnergyFloor)));
    }

    /// <summary>The sound mirrored at both ends, the first and the last sample included, so that frames lie around their middles.</summary>
    private float[] Mirrored(ReadOnlySpan<float> samples, int frames)
    {
        int before = (Size / 2) - (Shift / 2);
        float[] mirrored = new float[((frames - 1) * Shift) + Size];
        for (int i = 0; i < mirrored.Length; i++)
        {
            int place = i - before;
            place = place < 0 ? -1 - place : place >= samples.Length ? (2 * samples.Length) - 1 - place : place;
            mirrored[i] = (uint)place < (uint)samples.Length
                ? samples[place]
                : throw new ArgumentException(
                    $"{samples.Length} samples are too few to be mirrored for frames of {Size}. Pad the sound with silence.",
                        nameof(samples));
        }

        return mirrored;
    }

    private BandMatrix Matrix()
    {
        double half = SampleRate * 0.5;
        double high = HighestFrequency <= 0 ? HighestFrequency + half : HighestFrequency;
        double from = Mel(LowestFrequency);
        double step = (Mel(high) - from) / (MelBands + 1);
        int bins = FftLength / 2; // not the one of half the rate
        return new BandMatrix(Enumerable.Range(0, MelBands).Select(band =>
        {
            double left = Warped(from + (band * step), high);
            double middle = Warped(from + ((band + 1) * step), high);
            double right = Warped(from + ((band + 2) * step), high);
            double[] weights =
            [
                .. Enumerable.Range(0, bins).Select(bin => Mel((double)SampleRate / FftLength * bin))
                    .Select(mel => Math.Max(0, Math.Min((mel - left) / (middle - left), (right - mel) / (right - middle)))),
            ];
            int first = Math.Max(0, Array.FindIndex(weights, weight => weight > 0));
            int end = Math.Max(first, Array.FindLastIndex(weights, weight => weight > 0) + 1);
            return (first, weights[first..end].Select(weight => (float)weight).ToArray());
        }));
    }

    private static double Mel(double frequency) => 1127 * Math.Log(1 + (frequency / 700));

    /// <summary>A place on the mel scale after the warping of frequencies: in three straight pieces.</summary>
    private double Warped(double mel, double highest)
    {
        if (Warp == 1)
        {
            return mel;
        }

        double frequency = 700 * (Math.Exp(mel / 1127) - 1);
        double low = WarpLow * Math.Max(1, Warp);
        double high = (WarpHigh < 0 ? WarpHigh + (SampleRate * 0.5) : WarpHigh) * Math.Min(1, Warp);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(low, LowestFrequency, nameof(WarpLow));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(high, low, nameof(WarpHigh));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(high, highest, nameof(WarpHigh));
        double left = ((low / Warp) - LowestFrequency) / (low - LowestFrequency);
        double right = (highest - (high / Warp)) / (highest - high);
        return Mel(frequency switch
        {
            _ when frequency < LowestFrequency || frequency > highest => frequency,
            _ when frequency < low => LowestFrequency + (left * (frequency - LowestFrequency)),
            _ when frequency < high => frequency / Warp,
            _ => highest + (right * (frequency - highest)),
        });
    }
}
