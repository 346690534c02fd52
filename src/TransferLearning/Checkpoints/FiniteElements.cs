using System.Runtime.CompilerServices;

namespace TransferLearning;

/// <summary>Whether the elements of a tensor are numbers: a NaN or an infinity has all bits of its exponent set.</summary>
internal static class FiniteElements
{
    // A span holds less than 2 GiB.
    private const long Piece = 1L << 26;

    /// <summary>Whether no element is NaN or infinite; whole numbers and truth values never are.</summary>
    public static bool AreAll(Tensor tensor)
    {
        if (!tensor.is_floating_point() && !tensor.is_complex())
        {
            return true;
        }

        using IDisposable scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        if (tensor.device_type != DeviceType.CPU || !tensor.is_contiguous())
        {
            return tensor.isfinite().all().item<bool>();
        }

        Tensor flat = tensor.detach().view(-1);
        for (long start = 0; start < flat.NumberOfElements; start += Piece)
        {
            using Tensor part = flat.narrow(0, start, Math.Min(Piece, flat.NumberOfElements - start));
            bool isFinite = part.dtype switch
            {
                ScalarType.Float16 => AreAll<ushort>(part.bytes, 0x7C00),
                ScalarType.BFloat16 => AreAll<ushort>(part.bytes, 0x7F80),
                ScalarType.Float32 or ScalarType.ComplexFloat32 => AreAll<uint>(part.bytes, 0x7F80_0000),
                ScalarType.Float64 or ScalarType.ComplexFloat64 => AreAll<ulong>(part.bytes, 0x7FF0_0000_0000_0000),
                _ => true,
            };
            if (!isFinite)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether no element is NaN or infinite.</summary>
    public static bool AreAll(ReadOnlySpan<float> values) => AreAll<uint>(MemoryMarshal.AsBytes(values), 0x7F80_0000);

    // Compiled in full at once: weights are read before a method that is called often would be compiled again.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool AreAll<T>(ReadOnlySpan<byte> bytes, T exponent) where T : unmanaged, IBinaryInteger<T>
    {
        ReadOnlySpan<T> bits = MemoryMarshal.Cast<byte, T>(bytes);
        ReadOnlySpan<Vector<T>> vectors = MemoryMarshal.Cast<T, Vector<T>>(bits);
        Vector<T> mask = new(exponent);
        Vector<T> found = Vector<T>.Zero;
        foreach (Vector<T> vector in vectors)
        {
            found |= Vector.Equals(vector & mask, mask);
        }

        if (found != Vector<T>.Zero)
        {
            return false;
        }

        foreach (T last in bits[(vectors.Length * Vector<T>.Count)..])
        {
            if ((last & exponent) == exponent)
            {
                return false;
            }
        }

        return true;
    }
}
