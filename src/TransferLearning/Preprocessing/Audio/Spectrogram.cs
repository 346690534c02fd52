using System.Globalization;
using System.Numerics;
using static System.FormattableString;

namespace TransferLearning;

/// <summary>The spectrum of each frame of a sound, as torchaudio's <c>Spectrogram</c> gives it.</summary>
public sealed record Spectrogram : SpectralFrontEnd
{
    /// <summary>
    /// The power of the magnitude: 2 for power, 1 for magnitude. Null gives complex numbers: for each frequency a row of real parts and one
    /// of imaginary parts. Default: 2.
    /// </summary>
    public double? Power { get; init; } = 2;

    /// <summary>Whether only the frequencies up to the half rate are given, as the others mirror them (onesided). Default: true.</summary>
    public bool IsOneSided { get; init; } = true;

    /// <inheritdoc/>
    public override int Bands => (IsOneSided ? Bins : FftLength) * (Power is null ? 2 : 1);

    /// <inheritdoc/>
    public override string Fingerprint
        => Invariant($"spectrogram; {base.Fingerprint}; power {Power?.ToString("R", CultureInfo.InvariantCulture) ?? "complex"}; ")
            + $"one-sided {IsOneSided}";

    /// <inheritdoc/>
    public override AudioFrames Compute(ReadOnlySpan<float> samples)
    {
        int frames = FramesOf(samples.Length);
        float[] values = new float[Bands * frames];
        int rows = IsOneSided ? Bins : FftLength;
        double? power = Power;
        int bins = Bins;
        ForEachSpectrum(samples, (real, imaginary, first, count) =>
        {
            if (power is { } exponent)
            {
                SpectrumPower.Raise(real, imaginary, exponent);
            }

            for (int row = 0; row < rows; row++)
            {
                int bin = row < bins ? row : rows - row; // the mirror half, conjugate
                if (power is not null)
                {
                    SpectralFrames.Store(real[bin], values.AsSpan(row * frames, frames), first, count);
                }
                else
                {
                    SpectralFrames.Store(real[bin], values.AsSpan(2 * row * frames, frames), first, count);
                    Vector<float> part = row < bins ? imaginary[bin] : -imaginary[bin];
                    SpectralFrames.Store(part, values.AsSpan(((2 * row) + 1) * frames, frames), first, count);
                }
            }
        });
        return new AudioFrames(values, Bands, frames);
    }
}
