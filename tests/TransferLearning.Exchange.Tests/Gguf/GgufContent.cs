using System.Text;

namespace TransferLearning.Exchange.Tests;

/// <summary>A GGUF file read straight by the form's definition, without the library's reader, elements included.</summary>
internal sealed class GgufContent
{
    public GgufContent(byte[] bytes)
    {
        using BinaryReader reader = new(new MemoryStream(bytes));
        Assert.Equal("GGUF"u8.ToArray(), reader.ReadBytes(4));
        Assert.Equal(3, reader.ReadInt32());
        (long tensors, long pairs) = (reader.ReadInt64(), reader.ReadInt64());
        for (long i = 0; i < pairs; i++)
        {
            Metadata.Add(Text(reader), Value(reader, reader.ReadInt32()));
        }

        List<(string Name, long[] Sizes, int Type, long Offset)> found = [];
        for (long i = 0; i < tensors; i++)
        {
            string name = Text(reader);
            long[] sizes = [.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => reader.ReadInt64())];
            found.Add((name, sizes, reader.ReadInt32(), reader.ReadInt64()));
        }

        HeaderBytes = reader.BaseStream.Position;
        long data = (HeaderBytes + 31) / 32 * 32;
        foreach ((string name, long[] sizes, int type, long offset) in found)
        {
            Assert.Equal(0, offset % 32);
            reader.BaseStream.Position = data + offset;
            float[] values = [.. Elements(reader, type, sizes.Aggregate(1L, (product, size) => product * size))];
            Tensors.Add(name, (sizes, type, values));
        }
    }

    public long HeaderBytes { get; }

    public Dictionary<string, object> Metadata { get; } = [];

    /// <summary>Sizes in the file's order, the type's number and the elements as float32.</summary>
    public Dictionary<string, (long[] Sizes, int Type, float[] Values)> Tensors { get; } = [];

    private static string Text(BinaryReader reader) => Encoding.UTF8.GetString(reader.ReadBytes(checked((int)reader.ReadInt64())));

    private static object Value(BinaryReader reader, int type) => type switch
    {
        4 => reader.ReadUInt32(),
        5 => reader.ReadInt32(),
        6 => reader.ReadSingle(),
        7 => reader.ReadBoolean(),
        8 => Text(reader),
        9 => List(reader, reader.ReadInt32()),
        _ => throw new InvalidDataException($"A value has the type {type}."),
    };

    private static object[] List(BinaryReader reader, int type)
        => [.. Enumerable.Range(0, checked((int)reader.ReadInt64())).Select(_ => Value(reader, type))];

    private static IEnumerable<float> Elements(BinaryReader reader, int type, long count)
    {
        for (long i = 0; i < count;)
        {
            switch (type)
            {
                case 0:
                    yield return reader.ReadSingle();
                    i++;
                    break;
                case 1:
                    yield return (float)reader.ReadHalf();
                    i++;
                    break;
                default:
                    Assert.Equal(8, type);
                    float factor = (float)reader.ReadHalf();
                    for (int k = 0; k < 32; k++, i++)
                    {
                        yield return factor * reader.ReadSByte();
                    }

                    break;
            }
        }
    }
}
