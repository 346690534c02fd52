using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace TransferLearning.Layers;

/// <summary>A product of a few rows with a panel of columns whose sums stay in the processor's registers: 24 of the 32 that AVX-512
/// has, or in four parts 12 of the 16 of AVX2.</summary>
internal static unsafe class TileProduct
{
    /// <summary>The rows.</summary>
    public const int Rows = 12;

    /// <summary>The columns, two vectors.</summary>
    public const int Columns = 32;

    /// <summary>to = rows x panel.</summary>
    /// <param name="rows">[12, depth].</param>
    /// <param name="stride">The numbers from a row to the next.</param>
    /// <param name="panel">[depth, 32].</param>
    /// <param name="to">[12, 32].</param>
    /// <param name="depth">How many products each sum has.</param>
    public static void Compute(float* rows, nint stride, float* panel, float* to, int depth)
    {
        if (Avx512F.IsSupported)
        {
            ComputeAll(rows, stride, panel, to, depth);
            return;
        }

        float* below = rows + (Rows / 2 * stride);
        ComputeQuarter(rows, stride, panel, to, depth);
        ComputeQuarter(rows, stride, panel + (Columns / 2), to + (Columns / 2), depth);
        ComputeQuarter(below, stride, panel, to + (Rows / 2 * Columns), depth);
        ComputeQuarter(below, stride, panel + (Columns / 2), to + (Rows / 2 * Columns) + (Columns / 2), depth);
    }

    // Registers have no index: each sum has a name of its own, a row's left and right half the same letter.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ComputeAll(float* rows, nint stride, float* panel, float* to, int depth)
    {
        Vector512<float> a0 = default, b0 = default, c0 = default, d0 = default, e0 = default, f0 = default;
        Vector512<float> g0 = default, h0 = default, i0 = default, j0 = default, k0 = default, l0 = default;
        Vector512<float> a1 = default, b1 = default, c1 = default, d1 = default, e1 = default, f1 = default;
        Vector512<float> g1 = default, h1 = default, i1 = default, j1 = default, k1 = default, l1 = default;
        float* ninth = rows + (9 * stride), sixth = rows + (6 * stride), third = rows + (3 * stride), first = rows;
        for (int step = 0; step < depth; step++, first++, third++, sixth++, ninth++, panel += Columns)
        {
            Vector512<float> left = Vector512.Load(panel), right = Vector512.Load(panel + (Columns / 2));
            Add(first, left, right, ref a0, ref a1);
            Add(first + stride, left, right, ref b0, ref b1);
            Add(first + (2 * stride), left, right, ref c0, ref c1);
            Add(third, left, right, ref d0, ref d1);
            Add(third + stride, left, right, ref e0, ref e1);
            Add(third + (2 * stride), left, right, ref f0, ref f1);
            Add(sixth, left, right, ref g0, ref g1);
            Add(sixth + stride, left, right, ref h0, ref h1);
            Add(sixth + (2 * stride), left, right, ref i0, ref i1);
            Add(ninth, left, right, ref j0, ref j1);
            Add(ninth + stride, left, right, ref k0, ref k1);
            Add(ninth + (2 * stride), left, right, ref l0, ref l1);
        }

        Store(a0, a1, to);
        Store(b0, b1, to + Columns);
        Store(c0, c1, to + (2 * Columns));
        Store(d0, d1, to + (3 * Columns));
        Store(e0, e1, to + (4 * Columns));
        Store(f0, f1, to + (5 * Columns));
        Store(g0, g1, to + (6 * Columns));
        Store(h0, h1, to + (7 * Columns));
        Store(i0, i1, to + (8 * Columns));
        Store(j0, j1, to + (9 * Columns));
        Store(k0, k1, to + (10 * Columns));
        Store(l0, l1, to + (11 * Columns));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ComputeQuarter(float* rows, nint stride, float* panel, float* to, int depth)
    {
        Vector256<float> a0 = default, b0 = default, c0 = default, d0 = default, e0 = default, f0 = default;
        Vector256<float> a1 = default, b1 = default, c1 = default, d1 = default, e1 = default, f1 = default;
        float* third = rows + (3 * stride), first = rows;
        for (int step = 0; step < depth; step++, first++, third++, panel += Columns)
        {
            Vector256<float> left = Vector256.Load(panel), right = Vector256.Load(panel + (Columns / 4));
            Add(first, left, right, ref a0, ref a1);
            Add(first + stride, left, right, ref b0, ref b1);
            Add(first + (2 * stride), left, right, ref c0, ref c1);
            Add(third, left, right, ref d0, ref d1);
            Add(third + stride, left, right, ref e0, ref e1);
            Add(third + (2 * stride), left, right, ref f0, ref f1);
        }

        Store(a0, a1, to);
        Store(b0, b1, to + Columns);
        Store(c0, c1, to + (2 * Columns));
        Store(d0, d1, to + (3 * Columns));
        Store(e0, e1, to + (4 * Columns));
        Store(f0, f1, to + (5 * Columns));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(
        float* number, Vector512<float> left, Vector512<float> right, ref Vector512<float> leftSum, ref Vector512<float> rightSum)
    {
        Vector512<float> factor = Vector512.Create(*number);
        leftSum = Vector512.FusedMultiplyAdd(factor, left, leftSum);
        rightSum = Vector512.FusedMultiplyAdd(factor, right, rightSum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<float> left, Vector512<float> right, float* to)
    {
        left.Store(to);
        right.Store(to + (Columns / 2));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(
        float* number, Vector256<float> left, Vector256<float> right, ref Vector256<float> leftSum, ref Vector256<float> rightSum)
    {
        Vector256<float> factor = Vector256.Create(*number);
        leftSum = Vector256.FusedMultiplyAdd(factor, left, leftSum);
        rightSum = Vector256.FusedMultiplyAdd(factor, right, rightSum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<float> left, Vector256<float> right, float* to)
    {
        left.Store(to);
        right.Store(to + (Columns / 4));
    }
}
