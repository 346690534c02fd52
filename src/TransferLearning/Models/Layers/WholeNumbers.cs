using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace TransferLearning.Layers;

/// <summary>Numbers from 0 to 255 in place of float32, in one pass over memory on LibTorch's threads. LibTorch's own way takes two, of
/// which the second goes number by number.</summary>
/// <remarks>Every processor with instructions for sums of whole numbers has AVX2.</remarks>
internal static unsafe class WholeNumbers
{
    // Long enough that handing a stretch to a thread costs nothing, short enough that threads end together.
    private const int StretchLength = 1 << 15;

    private const float Most = 1 << 30;

    private const float WeightLevels = 127;
    private const float SmallestScale = 1e-12f; // of an output whose weights are all 0

    /// <summary>round(x / scale) + zero, at least 0 and at most 255; what is not a number is 0.</summary>
    /// <param name="numbers">Float32 of any shape, on the CPU.</param>
    /// <param name="scale">The step from one whole number to the next.</param>
    /// <param name="zero">The whole number that stands for 0.</param>
    /// <returns>uint8 of the same shape, the channels of a map last in memory; the caller disposes it.</returns>
    public static Tensor Of(Tensor numbers, double scale, int zero)
    {
        using DisposeScope scope = NewDisposeScope();
        bool isMap = numbers.dim() == 4;
        Tensor dense = (isMap ? numbers.permute(0, 2, 3, 1) : numbers).contiguous();
        Tensor whole = empty(dense.shape, ScalarType.Byte);
        if (dense.numel() > 0)
        {
            (nint from, nint to, long count) = (MemoryLayout.Start(dense), MemoryLayout.Start(whole), dense.numel());
            int pieces = (int)((count + StretchLength - 1) / StretchLength);
            OpenMpThreads.Run(pieces, (_, piece) =>
            {
                long first = (long)piece * StretchLength;
                Fill((float*)from + first, (byte*)to + first, (int)Math.Min(StretchLength, count - first), 1 / (float)scale, zero);
            });
        }

        return (isMap ? whole.permute(0, 3, 1, 2) : whole).MoveToOuterDisposeScope();
    }

    /// <summary>round(factor x / scale), from -127 to 127, with the scale of each row for which its largest is one of these.</summary>
    /// <param name="weight">[rows, …] float32, on the CPU.</param>
    /// <param name="factors">[rows] float32. A factor is a part of the scale, so the weights are read once, where multiplying them first
    /// would write them too.</param>
    /// <returns>int8 of the weight's shape, and the scales [rows]; in the caller's dispose scope.</returns>
    public static (Tensor Whole, Tensor Scales) OfRows(Tensor weight, Tensor factors)
    {
        Tensor dense = weight.contiguous();
        Tensor multipliers = factors.contiguous();
        (Tensor whole, Tensor scales) = (empty(dense.shape, ScalarType.Int8), empty(multipliers.shape));
        (nint from, nint to) = (MemoryLayout.Start(dense), MemoryLayout.Start(whole));
        (nint multiplier, nint scale) = (MemoryLayout.Start(multipliers), MemoryLayout.Start(scales));
        (int rows, int length) = ((int)dense.size(0), (int)(dense.numel() / dense.size(0)));
        OpenMpThreads.Run(rows, (_, row) =>
        {
            float* first = (float*)from + ((long)row * length);
            float factor = ((float*)multiplier)[row];
            float step = (Largest(first, length) * Math.Abs(factor) / WeightLevels) + SmallestScale;
            ((float*)scale)[row] = step;
            Fill(first, (byte*)to + ((long)row * length), length, factor / step, 0, isSigned: true);
        });
        return (whole, scales);
    }

    /// <summary>The largest of each window of a map, the border left out.</summary>
    /// <param name="map">[N, C, H, W] uint8, the channels last in memory.</param>
    /// <param name="kernel">The side of a window.</param>
    /// <param name="stride">From one to the next.</param>
    /// <param name="padding">How far the first lies outside, less than the kernel.</param>
    /// <returns>[N, C, H', W'] uint8, the channels last in memory; the caller disposes it.</returns>
    public static Tensor MaxPool(Tensor map, int kernel, int stride, int padding)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor dense = map.permute(0, 2, 3, 1).contiguous();
        (int images, int height, int width, int channels) = ((int)map.size(0), (int)map.size(2), (int)map.size(3), (int)map.size(1));
        (int rows, int columns) = (Count(height), Count(width));
        Tensor result = empty([images, rows, columns, channels], ScalarType.Byte);
        (nint from, nint to) = (MemoryLayout.Start(dense), MemoryLayout.Start(result));
        OpenMpThreads.Run(images * rows, (_, piece) =>
        {
            (int image, int row) = Math.DivRem(piece, rows);
            (int top, int bottom) = Window(row, height);
            long lineLength = (long)width * channels;
            byte* first = (byte*)from + (((image * (long)height) + top) * lineLength);
            byte* largest = (byte*)to + (piece * (long)columns * channels);
            for (int column = 0; column < columns; column++, largest += channels)
            {
                (int left, int right) = Window(column, width);
                Largest(first + ((long)left * channels), bottom - top, right - left, lineLength, channels, largest);
            }
        });
        return result.permute(0, 3, 1, 2).MoveToOuterDisposeScope();

        int Count(int side) => ((side + (2 * padding) - kernel) / stride) + 1;

        (int First, int End) Window(int place, int side)
        {
            int first = (place * stride) - padding;
            return (Math.Max(first, 0), Math.Min(first + kernel, side));
        }
    }

    // Of each channel over the pixels of a window.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Largest(byte* first, int height, int width, long lineLength, int channels, byte* largest)
    {
        int channel = 0;
        for (; channel <= channels - Vector256<byte>.Count; channel += Vector256<byte>.Count)
        {
            Vector256<byte> most = Vector256<byte>.Zero;
            for (int y = 0; y < height; y++)
            {
                byte* pixel = first + (y * lineLength) + channel;
                for (int x = 0; x < width; x++, pixel += channels)
                {
                    most = Vector256.Max(most, Vector256.Load(pixel));
                }
            }

            most.Store(largest + channel);
        }

        for (; channel < channels; channel++)
        {
            byte most = 0;
            for (int pixel = 0; pixel < height * width; pixel++)
            {
                most = Math.Max(most, first[(pixel / width * lineLength) + (pixel % width * channels) + channel]);
            }

            largest[channel] = most;
        }
    }

    // Without its sign.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Largest(float* numbers, int count)
    {
        (Vector256<float> first, Vector256<float> second) = (Vector256<float>.Zero, Vector256<float>.Zero);
        int i = 0;
        for (; i <= count - 16; i += 16)
        {
            first = Avx.Max(first, Vector256.Abs(Avx.LoadVector256(numbers + i)));
            second = Avx.Max(second, Vector256.Abs(Avx.LoadVector256(numbers + i + 8)));
        }

        Vector256<float> both = Avx.Max(first, second);
        float largest = 0;
        for (int k = 0; k < Vector256<float>.Count; k++)
        {
            largest = Math.Max(largest, both[k]);
        }

        for (; i < count; i++)
        {
            largest = Math.Max(largest, Math.Abs(numbers[i]));
        }

        return largest;
    }

    // Signed numbers are those from 0 to 255 around 128 with their highest bit the other way round.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Fill(float* from, byte* to, int count, float steps, int zero, bool isSigned = false)
    {
        byte flipped = (byte)(isSigned ? 128 : 0);
        zero += flipped;
        Vector256<byte> flip = Vector256.Create(flipped);
        Vector256<float> times = Vector256.Create(steps);
        Vector256<int> shift = Vector256.Create(zero);
        Vector256<float> most = Vector256.Create(Most); // beyond which a conversion would have no meaning
        Vector256<int> order = Vector256.Create(0, 4, 1, 5, 2, 6, 3, 7); // packing goes by halves of a vector
        int i = 0;
        for (; i <= count - 32; i += 32)
        {
            Vector256<short> low = Avx2.PackSignedSaturate(Whole(from + i), Whole(from + i + 8));
            Vector256<short> high = Avx2.PackSignedSaturate(Whole(from + i + 16), Whole(from + i + 24));
            Vector256<byte> packed = Avx2.PackUnsignedSaturate(low, high);
            (Avx2.PermuteVar8x32(packed.AsInt32(), order).AsByte() ^ flip).Store(to + i);
        }

        for (; i < count; i++)
        {
            long whole = Sse.ConvertToInt32(Vector128.CreateScalar(Math.Min(Most, from[i] * steps))) + (long)zero;
            to[i] = (byte)(Math.Clamp(whole, 0, 255) ^ flipped);
        }

        Vector256<int> Whole(float* eight)
            => Avx2.Add(Avx.ConvertToVector256Int32(Avx.Min(most, Avx.Multiply(Avx.LoadVector256(eight), times))), shift);
    }
}
