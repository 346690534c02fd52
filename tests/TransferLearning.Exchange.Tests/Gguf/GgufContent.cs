using System.Text;

namespace TransferLearning.Exchange.Tests;

/// <summary>A GGUF file read straight by the form's definition, without the library's reader, elements included.</summary>
internal sealed class GgufContent
{
    private readonly BinaryReader _reader;

    public GgufContent(byte[] bytes)
    {
        _reader = new BinaryReader(new MemoryStream(bytes));
        Assert.Equal("GGUF"u8.ToArray(), _reader.ReadBytes(4));
        Assert.Equal(3, _reader.ReadInt32());
        (long tensors, long pairs) = (_reader.ReadInt64(), _reader.ReadInt64());
        for (long i = 0; i < pairs; i++)
        {
            Metadata.Add(Text(), Value(_reader.ReadInt32()));
        }

        List<(string Name, long[] Sizes, int Type, long Offset)> found = [];
        for (long i = 0; i < tensors; i++)
        {
            string name = Text();
            long[] sizes = [.. Enumerable.Range(0, _reader.ReadInt32()).Select(_ => _reader.ReadInt64())];
            found.Add((name, sizes, _reader.ReadInt32(), _reader.ReadInt64()));
        }

        HeaderBytes = _reader.BaseStream.Position;
        long data = (HeaderBytes + 31) / 32 * 32;
        foreach ((string name, long[] sizes, int type, long offset) in found)
        {
            Assert.Equal(0, offset % 32);
            _reader.BaseStream.Position = data + offset;
            float[] values = [.. Elements(type, sizes.Aggregate(1L, (product, size) => product * size))];
            Tensors.Add(name, (sizes, type, values));
        }
    }

    public long HeaderBytes { get; }

    public Dictionary<string, object> Metadata { get; } = [];

    /// <summary>Sizes in the file's order, the type's number and the elements as float32.</summary>
    public Dictionary<string, (long[] Sizes, int Type, float[] Values)> Tensors { get; } = [];

    private string Text() => Encoding.UTF8.GetString(_reader.ReadBytes(checked((int)_reader.ReadInt64())));

    private object Value(int type) => type switch
    {
        4 => _reader.ReadUInt32(),
        5 => _reader.ReadInt32(),
        6 => _reader.ReadSingle(),
        7 => _reader.ReadBoolean(),
        8 => Text(),
        9 => List(_reader.ReadInt32()),
        _ => throw new InvalidDataException($"A value has the type {type}."),
    };

    private object[] List(int type) => [.. Enumerable.Range(0, checked((int)_reader.ReadInt64())).Select(_ => Value(type))];

    private IEnumerable<float> Elements(int type, long count)
    {
        for (long i = 0; i < count;)
        {
            switch (type)
            {
                case 0:
                    yield return _reader.ReadSingle();
                    i++;
                    break;
                case 1:
                    yield return (float)_reader.ReadHalf();
                    i++;
                    break;
                default:
                    Assert.Equal(8, type);
                    float factor = (float)_reader.ReadHalf();
                    for (int k = 0; k < 32; k++, i++)
                    {
                        yield return factor * _reader.ReadSByte();
                    }

                    break;
            }
        }
    }
}
