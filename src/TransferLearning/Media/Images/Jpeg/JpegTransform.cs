using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace TransferLearning;

/// <summary>The inverse cosine transform of a block, in the whole-number arithmetic that libjpeg calls ISLOW, so that its results are
/// libjpeg's (Loeffler, Ligtenberg and Moschytz, 1989; 13 bits of fraction).</summary>
internal static unsafe class JpegTransform
{
    private const int Fraction = 13;
    private const int ExtraBits = 2; // kept between the two passes

    /// <summary>Transforms a block into eight rows of eight samples.</summary>
    public static void Run(int* block, byte* to, int stride)
    {
        Vector256<int> r0 = Vector256.Load(block), r1 = Vector256.Load(block + 8);
        Vector256<int> r2 = Vector256.Load(block + 16), r3 = Vector256.Load(block + 24);
        Vector256<int> r4 = Vector256.Load(block + 32), r5 = Vector256.Load(block + 40);
        Vector256<int> r6 = Vector256.Load(block + 48), r7 = Vector256.Load(block + 56);
        Pass(ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7, Fraction - ExtraBits, 0);
        Transpose(ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7);
        Pass(ref r0, ref r1, ref r2, ref r3, ref r4, ref r5, ref r6, ref r7, Fraction + ExtraBits + 3, 128);

        // Each vector is a column now. Packed and turned in fours, the bytes come out as rows.
        Vector256<byte> turn = Vector256.Create(
            (byte)0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
        Vector256<int> left = Avx2.Shuffle(
            Avx2.PackUnsignedSaturate(Avx2.PackSignedSaturate(r0, r1), Avx2.PackSignedSaturate(r2, r3)), turn).AsInt32();
        Vector256<int> right = Avx2.Shuffle(
            Avx2.PackUnsignedSaturate(Avx2.PackSignedSaturate(r4, r5), Avx2.PackSignedSaturate(r6, r7)), turn).AsInt32();
        Vector256<long> outer = Avx2.UnpackLow(left, right).AsInt64();
        Vector256<long> inner = Avx2.UnpackHigh(left, right).AsInt64();
        *(long*)to = outer[0];
        *(long*)(to + stride) = outer[1];
        *(long*)(to + (2 * stride)) = inner[0];
        *(long*)(to + (3 * stride)) = inner[1];
        *(long*)(to + (4 * stride)) = outer[2];
        *(long*)(to + (5 * stride)) = outer[3];
        *(long*)(to + (6 * stride)) = inner[2];
        *(long*)(to + (7 * stride)) = inner[3];
    }

    /// <summary>The same for a block that has nothing but its first coefficient: all samples are equal.</summary>
    public static void RunFlat(int first, byte* to, int stride)
    {
        ulong row = 0x0101010101010101UL * (ulong)Math.Clamp((((long)first + 4) >> 3) + 128, 0, 255);
        for (int y = 0; y < 8; y++, to += stride)
        {
            *(ulong*)to = row;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Pass(
        ref Vector256<int> r0, ref Vector256<int> r1, ref Vector256<int> r2, ref Vector256<int> r3, ref Vector256<int> r4,
        ref Vector256<int> r5, ref Vector256<int> r6, ref Vector256<int> r7, int shift, int centre)
    {
        Vector256<int> round = Vector256.Create((centre << shift) + (1 << (shift - 1)));
        Vector256<int> shared = (r2 + r6) * Vector256.Create(4433);
        Vector256<int> even2 = shared - (r6 * Vector256.Create(15137));
        Vector256<int> even3 = shared + (r2 * Vector256.Create(6270));
        Vector256<int> sum = Vector256.ShiftLeft(r0 + r4, Fraction) + round;
        Vector256<int> difference = Vector256.ShiftLeft(r0 - r4, Fraction) + round;
        Vector256<int> t10 = sum + even3, t13 = sum - even3, t11 = difference + even2, t12 = difference - even2;

        Vector256<int> z1 = (r7 + r1) * Vector256.Create(-7373);
        Vector256<int> z2 = (r5 + r3) * Vector256.Create(-20995);
        Vector256<int> z5 = (r7 + r3 + r5 + r1) * Vector256.Create(9633);
        Vector256<int> z3 = z5 - ((r7 + r3) * Vector256.Create(16069));
        Vector256<int> z4 = z5 - ((r5 + r1) * Vector256.Create(3196));
        Vector256<int> t0 = (r7 * Vector256.Create(2446)) + z1 + z3;
        Vector256<int> t1 = (r5 * Vector256.Create(16819)) + z2 + z4;
        Vector256<int> t2 = (r3 * Vector256.Create(25172)) + z2 + z3;
        Vector256<int> t3 = (r1 * Vector256.Create(12299)) + z1 + z4;

        r0 = Vector256.ShiftRightArithmetic(t10 + t3, shift);
        r7 = Vector256.ShiftRightArithmetic(t10 - t3, shift);
        r1 = Vector256.ShiftRightArithmetic(t11 + t2, shift);
        r6 = Vector256.ShiftRightArithmetic(t11 - t2, shift);
        r2 = Vector256.ShiftRightArithmetic(t12 + t1, shift);
        r5 = Vector256.ShiftRightArithmetic(t12 - t1, shift);
        r3 = Vector256.ShiftRightArithmetic(t13 + t0, shift);
        r4 = Vector256.ShiftRightArithmetic(t13 - t0, shift);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(
        ref Vector256<int> r0, ref Vector256<int> r1, ref Vector256<int> r2, ref Vector256<int> r3, ref Vector256<int> r4,
        ref Vector256<int> r5, ref Vector256<int> r6, ref Vector256<int> r7)
    {
        Vector256<long> a0 = Avx2.UnpackLow(r0, r1).AsInt64(), a1 = Avx2.UnpackHigh(r0, r1).AsInt64();
        Vector256<long> a2 = Avx2.UnpackLow(r2, r3).AsInt64(), a3 = Avx2.UnpackHigh(r2, r3).AsInt64();
        Vector256<long> a4 = Avx2.UnpackLow(r4, r5).AsInt64(), a5 = Avx2.UnpackHigh(r4, r5).AsInt64();
        Vector256<long> a6 = Avx2.UnpackLow(r6, r7).AsInt64(), a7 = Avx2.UnpackHigh(r6, r7).AsInt64();
        Vector256<int> b0 = Avx2.UnpackLow(a0, a2).AsInt32(), b1 = Avx2.UnpackHigh(a0, a2).AsInt32();
        Vector256<int> b2 = Avx2.UnpackLow(a1, a3).AsInt32(), b3 = Avx2.UnpackHigh(a1, a3).AsInt32();
        Vector256<int> b4 = Avx2.UnpackLow(a4, a6).AsInt32(), b5 = Avx2.UnpackHigh(a4, a6).AsInt32();
        Vector256<int> b6 = Avx2.UnpackLow(a5, a7).AsInt32(), b7 = Avx2.UnpackHigh(a5, a7).AsInt32();
        r0 = Avx2.Permute2x128(b0, b4, 0x20);
        r1 = Avx2.Permute2x128(b1, b5, 0x20);
        r2 = Avx2.Permute2x128(b2, b6, 0x20);
        r3 = Avx2.Permute2x128(b3, b7, 0x20);
        r4 = Avx2.Permute2x128(b0, b4, 0x31);
        r5 = Avx2.Permute2x128(b1, b5, 0x31);
        r6 = Avx2.Permute2x128(b2, b6, 0x31);
        r7 = Avx2.Permute2x128(b3, b7, 0x31);
    }
}
