using DataType = Onnx.TensorProto.Types.DataType;

namespace TransferLearning.Onnx;

/// <summary>The numbers of a tensor in a file. Every length is checked before memory is taken.</summary>
/// <param name="stored">The tensor.</param>
/// <param name="external">Reads so many bytes of data that lies beside the file.</param>
/// <param name="error">Makes an error of a kind and a problem.</param>
internal sealed class StoredTensor(TensorProto stored, Func<long, byte[]> external, Func<CheckpointErrorKind, string, Exception> error)
{
    private const int MostDimensions = 32;

    /// <summary>Compares the shape with the data, without reading it.</summary>
    public void Check()
    {
        long count = RequireSound();
        int typed = Fields().Sum(), size = (DataType)stored.DataType switch
        {
            DataType.Double or DataType.Int64 => sizeof(long),
            DataType.Float or DataType.Int32 => sizeof(int),
            DataType.Float16 or DataType.Bfloat16 => sizeof(short),
            DataType.Bool => sizeof(bool),
            _ => 0,
        };
        if (size > 0 && stored.DataLocation != TensorProto.Types.DataLocation.External)
        {
            RequireCount(count, typed > 0 ? typed : stored.RawData.Length / (double)size);
        }
    }

    /// <summary>The tensor: float32 for floating point numbers, int64 for whole ones, or bool. The caller disposes it.</summary>
    public Tensor Read()
    {
        long count = RequireSound();
        bool isTyped = Fields().Sum() > 0;
        return (DataType)stored.DataType switch
        {
            DataType.Float => Of(isTyped ? Typed(stored.FloatData, count, value => value) : Raw<float, float>(count, value => value)),
            DataType.Double => Of(isTyped ? Typed(stored.DoubleData, count, value => (float)value)
                : Raw<double, float>(count, value => (float)value)),
            DataType.Float16 => Of(isTyped
                ? Typed(stored.Int32Data, count, value => (float)BitConverter.UInt16BitsToHalf((ushort)value))
                : Raw<Half, float>(count, value => (float)value)),
            DataType.Bfloat16 => Of(isTyped
                ? Typed(stored.Int32Data, count, value => BitConverter.Int32BitsToSingle(value << 16))
                : Raw<ushort, float>(count, value => BitConverter.Int32BitsToSingle(value << 16))),
            DataType.Int64 => Of(isTyped ? Typed(stored.Int64Data, count, value => value) : Raw<long, long>(count, value => value)),
            DataType.Int32 => Of(isTyped ? Typed(stored.Int32Data, count, value => (long)value) : Raw<int, long>(count, value => value)),
            DataType.Bool => Of(isTyped ? Typed(stored.Int32Data, count, value => value != 0)
                : Raw<byte, bool>(count, value => value != 0)),
            _ => throw error(
                CheckpointErrorKind.BadDtype,
                $"Its type has the number {stored.DataType}; float32, float64, float16, bfloat16, int64, int32 and bool are read."),
        };
    }

    private Tensor Of(float[] values) => tensor(values, [.. stored.Dims]);

    private Tensor Of(long[] values) => tensor(values, [.. stored.Dims]);

    private Tensor Of(bool[] values) => tensor(values, [.. stored.Dims]);

    private int[] Fields()
        => [stored.FloatData.Count, stored.DoubleData.Count, stored.Int64Data.Count, stored.Int32Data.Count, stored.Uint64Data.Count,
            stored.StringData.Count];

    private long RequireSound()
    {
        bool isExternal = stored.DataLocation == TensorProto.Types.DataLocation.External;
        int forms = Fields().Count(field => field > 0) + (stored.RawData.Length > 0 ? 1 : 0) + (isExternal ? 1 : 0);
        if (forms > 1 || stored.Segment is not null)
        {
            throw error(
                CheckpointErrorKind.BadHeader,
                stored.Segment is null ? $"Its data is there in {forms} forms; one is expected."
                    : "It is a segment of a tensor; a whole one is expected.");
        }

        long count = 1;
        foreach (long length in stored.Dims)
        {
            if (length < 0 || (count > 0 && length > int.MaxValue / count) || stored.Dims.Count > MostDimensions)
            {
                throw error(
                    CheckpointErrorKind.BadGeometry,
                    $"Its shape [{string.Join(", ", stored.Dims.Take(MostDimensions))}] is none of a tensor: up to {MostDimensions} "
                        + $"lengths from 0, of {int.MaxValue} elements at most, are expected.");
            }

            count *= length;
        }

        return count;
    }

    private TTo[] Typed<TFrom, TTo>(IReadOnlyList<TFrom> values, long count, Func<TFrom, TTo> convert)
    {
        RequireCount(count, values.Count);
        return [.. values.Select(convert)];
    }

    private TTo[] Raw<TFrom, TTo>(long count, Func<TFrom, TTo> convert) where TFrom : unmanaged
    {
        int size = Marshal.SizeOf<TFrom>();
        ReadOnlySpan<byte> bytes = stored.DataLocation == TensorProto.Types.DataLocation.External
            ? external(checked(count * size))
            : stored.RawData.Span;
        RequireCount(count, bytes.Length % size == 0 ? bytes.Length / size : bytes.Length / (double)size);
        ReadOnlySpan<TFrom> values = MemoryMarshal.Cast<byte, TFrom>(bytes);
        TTo[] result = new TTo[count];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = convert(values[i]);
        }

        return result;
    }

    private void RequireCount(long expected, double found)
    {
        if (expected != found)
        {
            throw error(
                CheckpointErrorKind.BadGeometry,
                $"Its shape [{string.Join(", ", stored.Dims)}] has {expected} elements, and its data {found}.");
        }
    }
}
