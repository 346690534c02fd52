using System.Numerics;

namespace TransferLearning;

/// <summary>Magnitudes of spectra.</summary>
internal static class SpectrumPower
{
    /// <summary>Writes the magnitude to a power over the real parts.</summary>
    public static void Raise(Span<Vector<float>> real, ReadOnlySpan<Vector<float>> imaginary, double power)
    {
        for (int i = 0; i < real.Length && i < imaginary.Length; i++)
        {
            Vector<float> square = (real[i] * real[i]) + (imaginary[i] * imaginary[i]);
            real[i] = power == 2 ? square : power == 1 ? Vector.SquareRoot(square) : Power(square, power / 2);
        }
    }

    private static Vector<float> Power(Vector<float> square, double exponent)
    {
        Span<float> lanes = stackalloc float[Vector<float>.Count];
        square.CopyTo(lanes);
        foreach (ref float lane in lanes)
        {
            lane = (float)Math.Pow(lane, exponent);
        }

        return new Vector<float>(lanes);
    }
}
