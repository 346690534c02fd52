using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace TransferLearning;

/// <summary>Halved colour to full width with libjpeg's triangle filter ("fancy upsampling"): three parts of the nearer sample and one of
/// the farther, down and across, rounded up and down in turn.</summary>
internal static unsafe class JpegUpsampling
{
    /// <summary>How many samples go together; rows may be read and written that far beyond their end.</summary>
    public const int Padding = 16;

    /// <summary>Doubles a row across.</summary>
    /// <param name="from">Samples of the half width.</param>
    /// <param name="sums">Room for <paramref name="count"/> numbers, one before and <see cref="Padding"/> after them.</param>
    /// <param name="to">Samples of the full width.</param>
    /// <param name="count">How many samples <paramref name="from"/> has.</param>
    public static void Across(byte* from, ushort* sums, byte* to, int count)
    {
        for (int x = 0; x < count; x += Padding)
        {
            Avx2.ConvertToVector256Int16(from + x).AsUInt16().Store(sums + x);
        }

        Double(sums, to, count, 1, 2, 2);
    }

    /// <summary>Doubles a row across, after mixing it with the row next to it.</summary>
    /// <param name="near">The nearer row of samples.</param>
    /// <param name="far">The farther one.</param>
    /// <param name="sums">Room for <paramref name="count"/> numbers, one before and <see cref="Padding"/> after them.</param>
    /// <param name="to">Samples of the full width.</param>
    /// <param name="count">How many samples a row has.</param>
    public static void AcrossAndDown(byte* near, byte* far, ushort* sums, byte* to, int count)
    {
        for (int x = 0; x < count; x += Padding)
        {
            Vector256<ushort> nearer = Avx2.ConvertToVector256Int16(near + x).AsUInt16();
            (nearer + nearer + nearer + Avx2.ConvertToVector256Int16(far + x).AsUInt16()).Store(sums + x);
        }

        Double(sums, to, count, 8, 7, 4);
    }

    private static void Double(ushort* sums, byte* to, int count, ushort roundLeft, ushort roundRight, int shift)
    {
        sums[-1] = sums[0];
        sums[count] = sums[count - 1];
        for (int x = 0; x < count; x += Padding)
        {
            Vector256<ushort> here = Vector256.Load(sums + x);
            Vector256<ushort> threefold = here + here + here;
            Vector256<ushort> left = Vector256.ShiftRightLogical(
                threefold + Vector256.Load(sums + x - 1) + Vector256.Create(roundLeft), shift);
            Vector256<ushort> right = Vector256.ShiftRightLogical(
                threefold + Vector256.Load(sums + x + 1) + Vector256.Create(roundRight), shift);
            (left | Vector256.ShiftLeft(right, 8)).AsByte().Store(to + (2 * x));
        }
    }
}
