using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace TransferLearning;

/// <summary>Resamples columns: each output row is a weighted sum of input rows.</summary>
internal static unsafe class VerticalPass
{
    /// <summary>Resamples whole rows, with weights that are stored once each.</summary>
    public static void Run(PixelRows from, PixelRows to, int columns, ResampleAxis axis, VectorWidth width)
    {
        int bytes = columns * ImagePixels.BytesPerPixel;
        while (bytes < (int)width)
        {
            width = (VectorWidth)((int)width / 2);
        }

        fixed (int* weights = axis.Weights)
        {
            for (int y = 0; y < axis.Count; y++)
            {
                PixelRows rows = from.From(0, axis.Starts[y]);
                int* rowWeights = weights + ((long)y * axis.Taps);
                switch (width)
                {
                    case VectorWidth.Bits512:
                        Run512(rows, to.Row(y), bytes, rowWeights, axis.Taps);
                        break;
                    case VectorWidth.Bits256:
                        Run256(rows, to.Row(y), bytes, rowWeights, axis.Taps);
                        break;
                    case VectorWidth.Bits128:
                        Run128(rows, to.Row(y), bytes, rowWeights, axis.Taps);
                        break;
                    default:
                        RunScalar(rows, to.Row(y), bytes, rowWeights, axis.Taps);
                        break;
                }
            }
        }
    }

    // The last vector of a row begins early enough to end with the row; what it repeats is the same.
    // Compiled in full at once: vectors of 512 bits are in no code that was compiled ahead, and the first images would wait for it.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run512(PixelRows rows, byte* to, int bytes, int* weights, int taps)
    {
        for (int x = 0; x < bytes; x += 16)
        {
            int at = Math.Min(x, bytes - 16);
            Vector512<int> sum = Vector512.Create(1 << (ResampleAxis.Bits - 1));
            for (int tap = 0; tap < taps; tap++)
            {
                sum += PixelVectors.Load16(rows.Row(tap) + at) * Vector512.Create(weights[tap]);
            }

            PixelVectors.Store16(sum, to + at);
        }
    }

    private static void Run256(PixelRows rows, byte* to, int bytes, int* weights, int taps)
    {
        for (int x = 0; x < bytes; x += 8)
        {
            int at = Math.Min(x, bytes - 8);
            Vector256<int> sum = Vector256.Create(1 << (ResampleAxis.Bits - 1));
            for (int tap = 0; tap < taps; tap++)
            {
                sum += PixelVectors.Load8(rows.Row(tap) + at) * Vector256.Create(weights[tap]);
            }

            PixelVectors.Store8(sum, to + at);
        }
    }

    private static void Run128(PixelRows rows, byte* to, int bytes, int* weights, int taps)
    {
        for (int at = 0; at < bytes; at += 4)
        {
            Vector128<int> sum = Vector128.Create(1 << (ResampleAxis.Bits - 1));
            for (int tap = 0; tap < taps; tap++)
            {
                sum += PixelVectors.Load4(rows.Row(tap) + at) * Vector128.Create(weights[tap]);
            }

            PixelVectors.Store4(sum, to + at);
        }
    }

    private static void RunScalar(PixelRows rows, byte* to, int bytes, int* weights, int taps)
    {
        for (int at = 0; at < bytes; at++)
        {
            int sum = 1 << (ResampleAxis.Bits - 1);
            for (int tap = 0; tap < taps; tap++)
            {
                sum += rows.Row(tap)[at] * weights[tap];
            }

            to[at] = (byte)Math.Clamp(sum >> ResampleAxis.Bits, 0, 255);
        }
    }
}
