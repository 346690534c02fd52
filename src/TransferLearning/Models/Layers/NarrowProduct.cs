using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace TransferLearning.Layers;

/// <summary>Sums of products of float32 with weights of fewer bits, which become float32 in the processor's registers: a few rows take as
/// long as the weights are read, and these are a half or a quarter as many bytes. On LibTorch's threads.</summary>
internal static unsafe class NarrowProduct
{
    /// <summary>The outputs that are computed together; weights have rows for a multiple of it.</summary>
    public const int Outputs = 4;

    /// <summary>What the number of inputs must be a multiple of.</summary>
    public const int Inputs = 16;

    // Rows of the input that share a reading of the weights' registers.
    private const int Rows = 4;

    // A thread's stretch of outputs: several for each thread, so that they end together.
    private const int FewestOutputs = 16, PiecesEach = 4;

    // The processor itself reads too little ahead of two bytes or one from each place.
    private const int BytesAhead = 1 << 14;

    private const int LineLength = 64;

    /// <summary>Whether the processor has the instructions.</summary>
    public static bool IsSupported => Avx2.IsSupported && Fma.IsSupported;

    /// <summary>results = scales (rows x weights) + bias.</summary>
    /// <param name="rows">[N, inputs].</param>
    /// <param name="count">N.</param>
    /// <param name="weights">[outputs, inputs] and rows for a multiple of <see cref="Outputs"/>: bfloat16, or int8 if there are
    /// scales.</param>
    /// <param name="scales">[outputs] float32; 0 for bfloat16.</param>
    /// <param name="bias">[outputs] float32, or 0.</param>
    /// <param name="results">[N, outputs].</param>
    /// <param name="inputs">A multiple of <see cref="Inputs"/>.</param>
    /// <param name="outputs">The outputs.</param>
    public static void Compute(nint rows, int count, nint weights, nint scales, nint bias, nint results, int inputs, int outputs)
    {
        int pieces = OpenMpThreads.WorkersFor(int.MaxValue) * PiecesEach;
        int each = Math.Max(FewestOutputs, Multiple((outputs + pieces - 1) / pieces));
        OpenMpThreads.Run((outputs + each - 1) / each, (_, piece) =>
        {
            int first = piece * each, end = Math.Min(first + each, outputs);
            if (scales == 0)
            {
                Stretch<BFloat16Numbers>(rows, count, weights, scales, bias, results, inputs, outputs, first, end);
            }
            else
            {
                Stretch<Int8Numbers>(rows, count, weights, scales, bias, results, inputs, outputs, first, end);
            }
        });
    }

    /// <summary>The next multiple of <see cref="Outputs"/>.</summary>
    public static int Multiple(int outputs) => (outputs + Outputs - 1) / Outputs * Outputs;

    private static void Stretch<T>(
        nint rows, int count, nint weights, nint scales, nint bias, nint results, int inputs, int outputs, int first, int end)
        where T : struct, INarrowNumbers
    {
        float* sums = stackalloc float[Rows * Outputs];
        for (int output = first; output < end; output += Outputs)
        {
            byte* block = (byte*)weights + ((nint)output * inputs * T.Bytes);
            int known = Math.Min(Outputs, end - output);
            for (int row = 0, together; row < count; row += together)
            {
                float* input = (float*)rows + ((nint)row * inputs);
                together = count - row >= Rows ? Rows : 1;
                if (together == Rows)
                {
                    MultiplyRows<T>(input, block, inputs, sums);
                    MultiplyRows<T>(input, block + ((nint)2 * inputs * T.Bytes), inputs, sums + 2);
                }
                else
                {
                    MultiplyRow<T>(input, block, inputs, sums);
                }

                for (int down = 0; down < together; down++)
                {
                    float* to = (float*)results + ((nint)(row + down) * outputs) + output;
                    for (int right = 0; right < known; right++)
                    {
                        float sum = sums[(down * Outputs) + right] * (scales == 0 ? 1 : ((float*)scales)[output + right]);
                        to[right] = sum + (bias == 0 ? 0 : ((float*)bias)[output + right]);
                    }
                }
            }
        }
    }

    // One row by four outputs. Two sums each, as an addition takes four times as long as the next may begin. What is read lies in one
    // piece, so one line after the other is asked for.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyRow<T>(float* row, byte* weights, nint inputs, float* sums)
        where T : struct, INarrowNumbers
    {
        Vector256<float> a0 = default, b0 = default, c0 = default, d0 = default;
        Vector256<float> a1 = default, b1 = default, c1 = default, d1 = default;
        nint length = inputs * T.Bytes, half = Vector256<float>.Count * T.Bytes;
        byte* a = weights, b = a + length, c = b + length, d = c + length, ahead = weights + BytesAhead;
        for (nint i = 0; i < inputs; i += Inputs, a += 2 * half, b += 2 * half, c += 2 * half, d += 2 * half)
        {
            for (int line = 0; line < T.Bytes; line++, ahead += LineLength)
            {
                Sse.Prefetch0(ahead);
            }

            Vector256<float> left = Vector256.Load(row + i), right = Vector256.Load(row + i + Vector256<float>.Count);
            a0 = Fma.MultiplyAdd(T.Load(a), left, a0);
            b0 = Fma.MultiplyAdd(T.Load(b), left, b0);
            c0 = Fma.MultiplyAdd(T.Load(c), left, c0);
            d0 = Fma.MultiplyAdd(T.Load(d), left, d0);
            a1 = Fma.MultiplyAdd(T.Load(a + half), right, a1);
            b1 = Fma.MultiplyAdd(T.Load(b + half), right, b1);
            c1 = Fma.MultiplyAdd(T.Load(c + half), right, c1);
            d1 = Fma.MultiplyAdd(T.Load(d + half), right, d1);
        }

        sums[0] = Vector256.Sum(a0 + a1);
        sums[1] = Vector256.Sum(b0 + b1);
        sums[2] = Vector256.Sum(c0 + c1);
        sums[3] = Vector256.Sum(d0 + d1);
    }

    // Four rows by two outputs: what becomes float32 is used four times.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyRows<T>(float* rows, byte* weights, nint inputs, float* sums)
        where T : struct, INarrowNumbers
    {
        Vector256<float> a0 = default, b0 = default, c0 = default, d0 = default;
        Vector256<float> a1 = default, b1 = default, c1 = default, d1 = default;
        nint length = inputs * T.Bytes, step = Vector256<float>.Count * T.Bytes;
        float* second = rows + inputs, third = second + inputs, fourth = third + inputs;
        byte* ahead = weights + BytesAhead;
        for (nint i = 0; i < inputs; i += Vector256<float>.Count, weights += step, ahead += 2 * step)
        {
            Sse.Prefetch0(ahead);
            Vector256<float> left = T.Load(weights), right = T.Load(weights + length);
            a0 = Fma.MultiplyAdd(left, Vector256.Load(rows + i), a0);
            a1 = Fma.MultiplyAdd(right, Vector256.Load(rows + i), a1);
            b0 = Fma.MultiplyAdd(left, Vector256.Load(second + i), b0);
            b1 = Fma.MultiplyAdd(right, Vector256.Load(second + i), b1);
            c0 = Fma.MultiplyAdd(left, Vector256.Load(third + i), c0);
            c1 = Fma.MultiplyAdd(right, Vector256.Load(third + i), c1);
            d0 = Fma.MultiplyAdd(left, Vector256.Load(fourth + i), d0);
            d1 = Fma.MultiplyAdd(right, Vector256.Load(fourth + i), d1);
        }

        Store(a0, a1, sums);
        Store(b0, b1, sums + Outputs);
        Store(c0, c1, sums + (2 * Outputs));
        Store(d0, d1, sums + (3 * Outputs));
    }

    private static void Store(Vector256<float> left, Vector256<float> right, float* to)
        => (to[0], to[1]) = (Vector256.Sum(left), Vector256.Sum(right));

    /// <summary>Numbers of fewer bits than float32 has.</summary>
    private interface INarrowNumbers
    {
        /// <summary>The bytes of one.</summary>
        static abstract int Bytes { get; }

        /// <summary>Eight of them as float32.</summary>
        static abstract Vector256<float> Load(byte* eight);
    }

    private readonly struct BFloat16Numbers : INarrowNumbers
    {
        public static int Bytes => 2;

        // Its 16 bits are the upper half of float32's.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<float> Load(byte* eight)
            => Avx2.ShiftLeftLogical(Avx2.ConvertToVector256Int32((ushort*)eight), 16).AsSingle();
    }

    private readonly struct Int8Numbers : INarrowNumbers
    {
        public static int Bytes => 1;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<float> Load(byte* eight)
            => Avx.ConvertToVector256Single(Avx2.ConvertToVector256Int32((sbyte*)eight));
    }
}
