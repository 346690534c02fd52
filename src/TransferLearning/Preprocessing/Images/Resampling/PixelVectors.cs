using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace TransferLearning;

/// <summary>Bytes to 32-bit lanes and back, in one instruction where the CPU has one.</summary>
internal static unsafe class PixelVectors
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Load4(byte* bytes)
        => Sse41.IsSupported
            ? Sse41.ConvertToVector128Int32(bytes)
            : Vector128.WidenLower(Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(uint*)bytes).AsByte())).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Load8(byte* bytes)
        => Avx2.IsSupported ? Avx2.ConvertToVector256Int32(bytes) : Vector256.Create(Load4(bytes), Load4(bytes + 4));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Load16(byte* bytes)
        => Avx512F.IsSupported ? Avx512F.ConvertToVector512Int32(Vector128.Load(bytes)) : Vector512.Create(Load8(bytes), Load8(bytes + 8));

    /// <summary>Drops the bits after the point and stores the four lanes as bytes, limited to 0..255.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store4(Vector128<int> sum, byte* bytes)
    {
        Vector128<int> levels = Vector128.Min(Vector128.Max(sum >> ResampleAxis.Bits, Vector128<int>.Zero), Vector128.Create(255));
        Vector128<short> shorts = Vector128.Narrow(levels, levels);
        *(uint*)bytes = Vector128.Narrow(shorts.AsUInt16(), shorts.AsUInt16()).AsUInt32().ToScalar();
    }

    /// <summary>The same for eight lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store8(Vector256<int> sum, byte* bytes)
    {
        Vector256<int> levels = Vector256.Min(Vector256.Max(sum >> ResampleAxis.Bits, Vector256<int>.Zero), Vector256.Create(255));
        Vector128<ushort> shorts = Vector128.Narrow(levels.GetLower(), levels.GetUpper()).AsUInt16();
        *(ulong*)bytes = Vector128.Narrow(shorts, shorts).AsUInt64().ToScalar();
    }

    /// <summary>The same for sixteen lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store16(Vector512<int> sum, byte* bytes)
    {
        Vector512<int> levels = Vector512.Min(Vector512.Max(sum >> ResampleAxis.Bits, Vector512<int>.Zero), Vector512.Create(255));
        if (Avx512F.IsSupported)
        {
            Avx512F.ConvertToVector128Byte(levels.AsUInt32()).Store(bytes);
            return;
        }

        Vector256<ushort> shorts = Vector256.Narrow(levels.GetLower(), levels.GetUpper()).AsUInt16();
        Vector128.Narrow(shorts.GetLower(), shorts.GetUpper()).Store(bytes);
    }
}
