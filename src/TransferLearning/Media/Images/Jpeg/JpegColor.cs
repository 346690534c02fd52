using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace TransferLearning;

/// <summary>Rows of luminance and colour difference to pixels, as libjpeg rounds them (JFIF 1.02; 16 bits of fraction).</summary>
/// <remarks>Rows are padded: up to <see cref="Padding"/> samples beyond the width are read, and as many pixels written.</remarks>
internal static unsafe class JpegColor
{
    /// <summary>How many pixels go together.</summary>
    public const int Padding = 16;

    // Compiled in full at once: it would run unoptimised in the first images.
    /// <summary>Makes a row of pixels of YCbCr.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Ycc(byte* luma, byte* blue, byte* red, byte* to, int width)
    {
        Vector256<short> centre = Vector256.Create((short)128);
        for (int x = 0; x < width; x += Padding)
        {
            Vector256<short> y = Avx2.ConvertToVector256Int16(luma + x);
            Vector256<short> cb = Avx2.ConvertToVector256Int16(blue + x) - centre;
            Vector256<short> cr = Avx2.ConvertToVector256Int16(red + x) - centre;
            Vector256<short> one = Vector256<short>.One;

            // 1.402 = 1 + 0.402 and 1.772 = 2 - 0.228, so that the factors fit 16 bits; the doubled operand gives the bit that rounds.
            Vector256<short> r = y + cr
                + Vector256.ShiftRightArithmetic(Avx2.MultiplyHigh(cr + cr, Vector256.Create((short)26345)) + one, 1);
            Vector256<short> b = y + cb + cb
                + Vector256.ShiftRightArithmetic(Avx2.MultiplyHigh(cb + cb, Vector256.Create((short)-14942)) + one, 1);
            Vector256<int> half = Vector256.Create(1 << 15);
            Vector256<short> factors = Vector256.Create(-22554 & 0xFFFF | (18734 << 16)).AsInt16();
            Vector256<int> low = Vector256.ShiftRightArithmetic(Avx2.MultiplyAddAdjacent(Avx2.UnpackLow(cb, cr), factors) + half, 16);
            Vector256<int> high = Vector256.ShiftRightArithmetic(Avx2.MultiplyAddAdjacent(Avx2.UnpackHigh(cb, cr), factors) + half, 16);
            Vector256<short> g = y + Avx2.PackSignedSaturate(low, high) - cr;
            Store(r, g, b, to + (x * ImagePixels.BytesPerPixel));
        }
    }

    /// <summary>Makes a row of pixels of grey.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Grey(byte* luma, byte* to, int width)
    {
        for (int x = 0; x < width; x += Padding)
        {
            Vector256<short> y = Avx2.ConvertToVector256Int16(luma + x);
            Store(y, y, y, to + (x * ImagePixels.BytesPerPixel));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<short> r, Vector256<short> g, Vector256<short> b, byte* to)
    {
        Vector256<short> top = Vector256.Create((short)255);
        Vector256<short> red = Vector256.Max(Vector256.Min(r, top), Vector256<short>.Zero);
        Vector256<short> green = Vector256.Max(Vector256.Min(g, top), Vector256<short>.Zero);
        Vector256<short> blue = Vector256.Max(Vector256.Min(b, top), Vector256<short>.Zero);
        Vector256<short> redGreen = red | Vector256.ShiftLeft(green, 8);
        Vector256<short> blueOpaque = blue | Vector256.Create(unchecked((short)0xFF00));
        Vector256<short> even = Avx2.UnpackLow(redGreen, blueOpaque); // pixels 0 to 3 and 8 to 11
        Vector256<short> odd = Avx2.UnpackHigh(redGreen, blueOpaque); // pixels 4 to 7 and 12 to 15
        Avx2.Permute2x128(even.AsByte(), odd.AsByte(), 0x20).Store(to);
        Avx2.Permute2x128(even.AsByte(), odd.AsByte(), 0x31).Store(to + 32);
    }
}
