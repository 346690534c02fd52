using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace TransferLearning;

/// <summary>
/// The CRC-32 of zip archives (ITU-T V.42, reflected polynomial 0xEDB88320). Long runs are folded by carry-less
/// multiplication: a block of bits at a distance of D from another may be replaced by its product with x^D modulo the
/// polynomial, added to the other (V. Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ", 2009).
/// </summary>
internal static class Crc32
{
    private const uint Polynomial = 0xEDB88320;
    private const int LaneBytes = 16;
    private const int Lanes = 4;
    private const int BlockBytes = LaneBytes * Lanes;
    private const int WideBytes = BlockBytes * Lanes;
    private const int Slices = 8;

    private static readonly uint[][] Tables = MakeTables();
    private static readonly Vector128<ulong> FoldWideBlock = Distance(WideBytes * 8);
    private static readonly Vector128<ulong> FoldBlock = Distance(BlockBytes * 8);
    private static readonly Vector128<ulong> FoldLane = Distance(LaneBytes * 8);

    /// <summary>Continues a checksum over further bytes; begin with 0.</summary>
    public static uint Append(uint checksum, ReadOnlySpan<byte> bytes)
    {
        uint state = ~checksum;
        if (Pclmulqdq.IsSupported && bytes.Length >= 2 * BlockBytes)
        {
            int whole = bytes.Length / BlockBytes * BlockBytes;
            state = Fold(state, bytes[..whole]);
            bytes = bytes[whole..];
        }

        return ~Update(state, bytes);
    }

    /// <summary>The same by tables alone, for processors without the instruction and to check the other way.</summary>
    internal static uint AppendByTables(uint checksum, ReadOnlySpan<byte> bytes) => ~Update(~checksum, bytes);

    private static uint Update(uint state, ReadOnlySpan<byte> bytes)
    {
        uint[][] tables = Tables;
        while (bytes.Length >= Slices)
        {
            uint low = state ^ BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            uint high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            state = tables[7][(byte)low] ^ tables[6][(byte)(low >> 8)] ^ tables[5][(byte)(low >> 16)] ^ tables[4][low >> 24]
                ^ tables[3][(byte)high] ^ tables[2][(byte)(high >> 8)] ^ tables[1][(byte)(high >> 16)] ^ tables[0][high >> 24];
            bytes = bytes[Slices..];
        }

        foreach (byte item in bytes)
        {
            state = tables[0][(byte)(state ^ item)] ^ (state >> 8);
        }

        return state;
    }

    // Compiled in full at once: a checkpoint is read before a method that is called often would be compiled again.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static uint Fold(uint state, ReadOnlySpan<byte> bytes)
    {
        Vector512<ulong> head = MemoryMarshal.Read<Vector512<ulong>>(bytes) ^ Vector512.CreateScalar((ulong)state);
        bytes = bytes[BlockBytes..];
        if (Pclmulqdq.V512.IsSupported && bytes.Length >= 2 * WideBytes)
        {
            head = FoldWide(head, ref bytes);
        }

        Vector128<ulong> first = head.GetLower().GetLower();
        Vector128<ulong> second = head.GetLower().GetUpper();
        Vector128<ulong> third = head.GetUpper().GetLower();
        Vector128<ulong> fourth = head.GetUpper().GetUpper();
        Vector128<ulong> block = FoldBlock;
        ReadOnlySpan<Vector128<ulong>> lanes = MemoryMarshal.Cast<byte, Vector128<ulong>>(bytes);
        for (; lanes.Length >= Lanes; lanes = lanes[Lanes..])
        {
            first = Multiply(first, block) ^ lanes[0];
            second = Multiply(second, block) ^ lanes[1];
            third = Multiply(third, block) ^ lanes[2];
            fourth = Multiply(fourth, block) ^ lanes[3];
        }

        Vector128<ulong> lane = FoldLane;
        Vector128<ulong> last = Multiply(Multiply(Multiply(first, lane) ^ second, lane) ^ third, lane) ^ fourth;
        return Update(0, MemoryMarshal.AsBytes(new ReadOnlySpan<Vector128<ulong>>(in last)));
    }

    /// <summary>Four blocks at a time, for processors whose vectors hold a whole block; ends with one block in place of all.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Vector512<ulong> FoldWide(Vector512<ulong> head, ref ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<Vector512<ulong>> blocks = MemoryMarshal.Cast<byte, Vector512<ulong>>(bytes);
        Vector512<ulong> first = head;
        Vector512<ulong> second = blocks[0];
        Vector512<ulong> third = blocks[1];
        Vector512<ulong> fourth = blocks[2];
        Vector512<ulong> wide = Wide(FoldWideBlock);
        for (blocks = blocks[3..]; blocks.Length >= Lanes; blocks = blocks[Lanes..])
        {
            first = Multiply(first, wide) ^ blocks[0];
            second = Multiply(second, wide) ^ blocks[1];
            third = Multiply(third, wide) ^ blocks[2];
            fourth = Multiply(fourth, wide) ^ blocks[3];
        }

        bytes = bytes[^(blocks.Length * BlockBytes)..];
        Vector512<ulong> block = Wide(FoldBlock);
        return Multiply(Multiply(Multiply(first, block) ^ second, block) ^ third, block) ^ fourth;
    }

    private static Vector512<ulong> Wide(Vector128<ulong> factors)
    {
        Vector256<ulong> half = Vector256.Create(factors, factors);
        return Vector512.Create(half, half);
    }

    private static Vector512<ulong> Multiply(Vector512<ulong> value, Vector512<ulong> distance) =>
        Pclmulqdq.V512.CarrylessMultiply(value, distance, 0x00) ^ Pclmulqdq.V512.CarrylessMultiply(value, distance, 0x11);

    private static Vector128<ulong> Multiply(Vector128<ulong> value, Vector128<ulong> distance) =>
        Pclmulqdq.CarrylessMultiply(value, distance, 0x00) ^ Pclmulqdq.CarrylessMultiply(value, distance, 0x11);

    /// <summary>The two factors that move the halves of a lane by a number of bits.</summary>
    private static Vector128<ulong> Distance(int bits) => Vector128.Create(Power(bits + 32), Power(bits - 32));

    /// <summary>x^n modulo the polynomial, bits reversed, in the 33-bit form that makes up for the product's missing bit.</summary>
    private static ulong Power(int exponent)
    {
        uint power = 1u << 31;
        for (int i = 0; i < exponent; i++)
        {
            power = (power >> 1) ^ ((power & 1) * Polynomial);
        }

        return (ulong)power << 1;
    }

    private static uint[][] MakeTables()
    {
        uint[][] tables = new uint[Slices][];
        for (int slice = 0; slice < Slices; slice++)
        {
            tables[slice] = new uint[256];
            for (uint i = 0; i < 256; i++)
            {
                uint value = slice == 0 ? i : tables[slice - 1][i];
                for (int bit = 0; bit < 8; bit++)
                {
                    value = (value >> 1) ^ ((value & 1) * Polynomial);
                }

                tables[slice][i] = value;
            }
        }

        return tables;
    }
}
