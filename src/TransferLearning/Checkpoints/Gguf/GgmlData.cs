namespace TransferLearning;

/// <summary>Writes the elements of tensors as ggml has them.</summary>
internal static class GgmlData
{
    /// <summary>How many elements of a row share a factor in <see cref="GgmlType.Q8"/>.</summary>
    public const int Block = 32;

    private const int Stretch = 1 << 20; // elements that are converted at once, whole blocks
    private const float Largest = 127;

    /// <summary>ggml's number of a type.</summary>
    public static int CodeOf(GgmlType type) => type switch { GgmlType.F32 => 0, GgmlType.F16 => 1, _ => 8 };

    /// <summary>How many bytes elements take; of <see cref="GgmlType.Q8"/> they are whole blocks.</summary>
    public static long BytesOf(GgmlType type, long count) => type switch
    {
        GgmlType.F32 => count * sizeof(float),
        GgmlType.F16 => count * sizeof(ushort),
        _ => count / Block * (sizeof(ushort) + Block),
    };

    /// <summary>Writes the elements of a tensor in the order of its dimensions.</summary>
    /// <exception cref="InvalidOperationException">An element is beyond float16, which it is to be stored in.</exception>
    public static void Write(BinaryWriter writer, string name, Tensor tensor, GgmlType type)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor all = tensor.detach().cpu().contiguous().flatten();
        long count = all.numel();
        for (long start = 0; start < count; start += Stretch)
        {
            using DisposeScope step = NewDisposeScope();
            Tensor values = all.narrow(0, start, Math.Min(Stretch, count - start))
                .to(type == GgmlType.F16 ? ScalarType.Float16 : ScalarType.Float32);
            if (type == GgmlType.Q8)
            {
                WriteBlocks(writer, MemoryMarshal.Cast<byte, float>(values.bytes));
                continue;
            }

            if (type == GgmlType.F16 && values.isinf().any().item<bool>())
            {
                throw new InvalidOperationException(
                    $"'{name}' holds numbers beyond {Half.MaxValue}, the largest of float16: write float32 ({nameof(GgmlType.F32)}).");
            }

            writer.Write(values.bytes);
        }
    }

    private static void WriteBlocks(BinaryWriter writer, ReadOnlySpan<float> values)
    {
        Span<byte> rounded = stackalloc byte[Block];
        for (int start = 0; start < values.Length; start += Block)
        {
            ReadOnlySpan<float> block = values.Slice(start, Block);
            float size = 0;
            foreach (float value in block)
            {
                size = Math.Max(size, Math.Abs(value));
            }

            float factor = size / Largest;
            float inverse = factor > 0 ? 1 / factor : 0;
            for (int i = 0; i < Block; i++)
            {
                rounded[i] = (byte)(sbyte)MathF.Round(block[i] * inverse, MidpointRounding.AwayFromZero);
            }

            writer.Write((Half)factor);
            writer.Write(rounded);
        }
    }
}
