using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace TransferLearning;

/// <summary>Resamples rows: each output pixel is a weighted sum of neighbouring pixels of the same row.</summary>
/// <remarks>A vector holds the four channels of one, two or four neighbouring pixels. Two rows go together, so that weights are loaded
/// once; of an odd number of rows the last is its own partner.</remarks>
internal static unsafe class HorizontalPass
{
    /// <summary>How many taps a vector takes at once; an axis must have a multiple of that.</summary>
    public static int TapsPerVector(VectorWidth width) => Math.Max((int)width / ImagePixels.BytesPerPixel, 1);

    /// <summary>Resamples rows with weights that are stored once for each channel.</summary>
    public static void Run(PixelRows from, PixelRows to, int rows, ResampleAxis axis, VectorWidth width)
    {
        while (axis.Taps % TapsPerVector(width) != 0)
        {
            width = (VectorWidth)((int)width / 2);
        }

        fixed (int* starts = axis.Starts, weights = axis.Weights)
        {
            for (int y = 0; y < rows; y += 2)
            {
                int partner = Math.Min(y + 1, rows - 1);
                RowPair pair = new(from.Row(y), from.Row(partner), to.Row(y), to.Row(partner));
                switch (width)
                {
                    case VectorWidth.Bits512:
                        Run512(pair, starts, weights, axis.Count, axis.Taps);
                        break;
                    case VectorWidth.Bits256:
                        Run256(pair, starts, weights, axis.Count, axis.Taps);
                        break;
                    case VectorWidth.Bits128:
                        Run128(pair, starts, weights, axis.Count, axis.Taps);
                        break;
                    default:
                        RunScalar(from.Row(y), to.Row(y), axis);
                        RunScalar(from.Row(partner), to.Row(partner), axis);
                        break;
                }
            }
        }
    }

    // Compiled in full at once: vectors of 512 bits are in no code that was compiled ahead, and the first images would wait for it.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run512(RowPair rows, int* starts, int* weights, int count, int taps)
    {
        Vector128<int> half = Vector128.Create(1 << (ResampleAxis.Bits - 1));
        for (int x = 0; x < count; x++)
        {
            byte* first = rows.First + ((long)starts[x] * 4);
            byte* second = rows.Second + ((long)starts[x] * 4);
            Vector512<int> firstSum = Vector512<int>.Zero;
            Vector512<int> secondSum = Vector512<int>.Zero;
            for (int tap = 0; tap < taps; tap += 4, weights += 16)
            {
                Vector512<int> weight = Vector512.Load(weights);
                firstSum += PixelVectors.Load16(first + (tap * 4)) * weight;
                secondSum += PixelVectors.Load16(second + (tap * 4)) * weight;
            }

            Vector256<int> firstPair = firstSum.GetLower() + firstSum.GetUpper();
            Vector256<int> secondPair = secondSum.GetLower() + secondSum.GetUpper();
            PixelVectors.Store4(half + firstPair.GetLower() + firstPair.GetUpper(), rows.FirstResult + (x * 4));
            PixelVectors.Store4(half + secondPair.GetLower() + secondPair.GetUpper(), rows.SecondResult + (x * 4));
        }
    }

    private static void Run256(RowPair rows, int* starts, int* weights, int count, int taps)
    {
        Vector128<int> half = Vector128.Create(1 << (ResampleAxis.Bits - 1));
        for (int x = 0; x < count; x++)
        {
            byte* first = rows.First + ((long)starts[x] * 4);
            byte* second = rows.Second + ((long)starts[x] * 4);
            Vector256<int> firstSum = Vector256<int>.Zero;
            Vector256<int> secondSum = Vector256<int>.Zero;
            for (int tap = 0; tap < taps; tap += 2, weights += 8)
            {
                Vector256<int> weight = Vector256.Load(weights);
                firstSum += PixelVectors.Load8(first + (tap * 4)) * weight;
                secondSum += PixelVectors.Load8(second + (tap * 4)) * weight;
            }

            PixelVectors.Store4(half + firstSum.GetLower() + firstSum.GetUpper(), rows.FirstResult + (x * 4));
            PixelVectors.Store4(half + secondSum.GetLower() + secondSum.GetUpper(), rows.SecondResult + (x * 4));
        }
    }

    private static void Run128(RowPair rows, int* starts, int* weights, int count, int taps)
    {
        Vector128<int> half = Vector128.Create(1 << (ResampleAxis.Bits - 1));
        for (int x = 0; x < count; x++)
        {
            byte* first = rows.First + ((long)starts[x] * 4);
            byte* second = rows.Second + ((long)starts[x] * 4);
            Vector128<int> firstSum = half;
            Vector128<int> secondSum = half;
            for (int tap = 0; tap < taps; tap++, weights += 4)
            {
                Vector128<int> weight = Vector128.Load(weights);
                firstSum += PixelVectors.Load4(first + (tap * 4)) * weight;
                secondSum += PixelVectors.Load4(second + (tap * 4)) * weight;
            }

            PixelVectors.Store4(firstSum, rows.FirstResult + (x * 4));
            PixelVectors.Store4(secondSum, rows.SecondResult + (x * 4));
        }
    }

    private static void RunScalar(byte* from, byte* to, ResampleAxis axis)
    {
        for (int x = 0; x < axis.Count; x++)
        {
            byte* pixel = from + ((long)axis.Starts[x] * 4);
            ReadOnlySpan<int> weights = axis.Weights.Slice(x * axis.WeightsPerPixel, axis.WeightsPerPixel);
            for (int channel = 0; channel < 4; channel++)
            {
                int sum = 1 << (ResampleAxis.Bits - 1);
                for (int tap = 0; tap < axis.Taps; tap++)
                {
                    sum += pixel[(tap * 4) + channel] * weights[tap * 4];
                }

                to[(x * 4) + channel] = (byte)Math.Clamp(sum >> ResampleAxis.Bits, 0, 255);
            }
        }
    }

    private readonly struct RowPair(byte* first, byte* second, byte* firstResult, byte* secondResult)
    {
        public readonly byte* First = first;
        public readonly byte* Second = second;
        public readonly byte* FirstResult = firstResult;
        public readonly byte* SecondResult = secondResult;
    }
}
