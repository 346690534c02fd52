namespace TransferLearning;

/// <summary>Writes GGUF, version 3: a description of key and value pairs and of tensors, then the tensors' elements, each at a multiple of
/// <see cref="Alignment"/> bytes. All numbers are little-endian.</summary>
internal static class GgufWriter
{
    /// <summary>What the places of tensors are multiples of, where the file does not say otherwise.</summary>
    public const int Alignment = 32;

    /// <summary>The version that is written.</summary>
    public const int Version = 3;

    /// <summary>Writes a file.</summary>
    /// <param name="stream">Where it is written to, from its beginning.</param>
    /// <param name="metadata">Keys with values: uint, int, float, bool, string, and lists of int and string.</param>
    /// <param name="tensors">Name, shape in PyTorch's order and type of each.</param>
    /// <param name="values">The tensors in the same order, each made when it is written.</param>
    public static void Write(
        Stream stream, IReadOnlyList<KeyValuePair<string, object>> metadata,
        IReadOnlyList<(string Name, IReadOnlyList<long> Shape, GgmlType Type)> tensors, IEnumerable<Tensor> values)
    {
        using BinaryWriter writer = new(stream, Encoding.UTF8, leaveOpen: true);
        writer.Write("GGUF"u8);
        writer.Write(Version);
        writer.Write((long)tensors.Count);
        writer.Write((long)metadata.Count);
        foreach ((string key, object value) in metadata)
        {
            WriteText(writer, key);
            writer.Write((int)TypeOf(value));
            WriteValue(writer, value);
        }

        long offset = 0;
        foreach ((string name, IReadOnlyList<long> shape, GgmlType type) in tensors)
        {
            WriteText(writer, name);
            writer.Write(shape.Count);
            foreach (long size in shape.Reverse())
            {
                writer.Write(size);
            }

            writer.Write(GgmlData.CodeOf(type));
            writer.Write(offset);
            offset += GgmlData.BytesOf(type, shape.Aggregate(1L, (product, size) => product * size));
            offset += Padding(offset);
        }

        Pad(writer);
        foreach (((string name, _, GgmlType type), Tensor value) in tensors.Zip(values))
        {
            GgmlData.Write(writer, name, value, type);
            Pad(writer);
        }
    }

    private static long Padding(long position) => (Alignment - position % Alignment) % Alignment;

    private static void Pad(BinaryWriter writer) => writer.Write(new byte[Padding(writer.BaseStream.Position)]);

    private static GgufValueType TypeOf(object value) => value switch
    {
        uint => GgufValueType.UInt32,
        int => GgufValueType.Int32,
        float => GgufValueType.Float32,
        bool => GgufValueType.Bool,
        string => GgufValueType.Text,
        _ => GgufValueType.Array,
    };

    private static void WriteValue(BinaryWriter writer, object value)
    {
        switch (value)
        {
            case uint number:
                writer.Write(number);
                break;
            case int number:
                writer.Write(number);
                break;
            case float number:
                writer.Write(number);
                break;
            case bool flag:
                writer.Write(flag);
                break;
            case string text:
                WriteText(writer, text);
                break;
            case IReadOnlyList<int> numbers:
                WriteStart(writer, GgufValueType.Int32, numbers.Count);
                foreach (int number in numbers)
                {
                    writer.Write(number);
                }

                break;
            case IReadOnlyList<string> texts:
                WriteStart(writer, GgufValueType.Text, texts.Count);
                foreach (string text in texts)
                {
                    WriteText(writer, text);
                }

                break;
            default:
                throw new ArgumentException($"GGUF has no {value.GetType().Name}.", nameof(value));
        }
    }

    private static void WriteStart(BinaryWriter writer, GgufValueType type, int count)
    {
        writer.Write((int)type);
        writer.Write((long)count);
    }

    private static void WriteText(BinaryWriter writer, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((long)bytes.Length);
        writer.Write(bytes);
    }
}
