using System.Numerics;

namespace TransferLearning;

/// <summary>Reads the description of a GGUF file from its beginning.</summary>
/// <param name="file">The file; it stays the caller's.</param>
internal sealed class GgufReader(CheckpointFile file) : IDisposable
{
    private const int ValuesKept = 8;
    private const int MostDimensions = 4;
    private const int DeepestArray = 4;
    private const int CostOfEntry = 64;
    private const int SmallestPair = 8 + 4 + 1; // the length of a key, a type, a value
    private const int SmallestTensor = 8 + 4 + 4 + 8; // the length of a name, the number of dimensions, a type, an offset
    private const string Remedy = CheckpointFile.RemedyDownload;

    /// <summary>ggml's types: name, elements of a block, bytes of a block.</summary>
    private static readonly Dictionary<uint, (string Name, int Elements, int Bytes)> Types = new()
    {
        [0] = ("F32", 1, 4),
        [1] = ("F16", 1, 2),
        [2] = ("Q4_0", 32, 18),
        [3] = ("Q4_1", 32, 20),
        [6] = ("Q5_0", 32, 22),
        [7] = ("Q5_1", 32, 24),
        [8] = ("Q8_0", 32, 34),
        [9] = ("Q8_1", 32, 36),
        [10] = ("Q2_K", 256, 84),
        [11] = ("Q3_K", 256, 110),
        [12] = ("Q4_K", 256, 144),
        [13] = ("Q5_K", 256, 176),
        [14] = ("Q6_K", 256, 210),
        [15] = ("Q8_K", 256, 292),
        [16] = ("IQ2_XXS", 256, 66),
        [17] = ("IQ2_XS", 256, 74),
        [18] = ("IQ3_XXS", 256, 98),
        [19] = ("IQ1_S", 256, 50),
        [20] = ("IQ4_NL", 32, 18),
        [21] = ("IQ3_S", 256, 110),
        [22] = ("IQ2_S", 256, 82),
        [23] = ("IQ4_XS", 256, 136),
        [24] = ("I8", 1, 1),
        [25] = ("I16", 1, 2),
        [26] = ("I32", 1, 4),
        [27] = ("I64", 1, 8),
        [28] = ("F64", 1, 8),
        [29] = ("IQ1_M", 256, 56),
        [30] = ("BF16", 1, 2),
        [34] = ("TQ1_0", 256, 54),
        [35] = ("TQ2_0", 256, 66),
        [39] = ("MXFP4", 32, 17),
    };

    private readonly BufferedStream _stream = new(file.Bytes.OpenRange(0, file.Length), 1 << 16);
    private readonly byte[] _skipped = new byte[1 << 12];
    private long _position;
    private long _room = 64L << 20; // bytes of memory that names and texts may take

    private long Left => file.Length - _position;

    public void Dispose() => _stream.Dispose();

    /// <summary>The version of the form.</summary>
    public int Start()
    {
        if (file.Length < 24 || Number(4) != 0x46554747)
        {
            throw file.Error(
                CheckpointErrorKind.NotACheckpoint, null, "It does not begin with 'GGUF'.", "Give the path of a GGUF file.");
        }

        uint version = (uint)Number(4);
        return version is 2 or 3
            ? (int)version
            : throw Bad(
                CheckpointErrorKind.BadHeader, "version",
                (version & 0xFFFF) == 0 ? "its numbers are big-endian" : $"its version is {version}; 2 and 3 are known");
    }

    /// <summary>How many tensors and how many keys are described.</summary>
    public (long Tensors, long Pairs) Counts()
    {
        ulong tensors = Number(8), pairs = Number(8);
        return tensors <= (ulong)(Left / SmallestTensor) && pairs <= (ulong)(Left / SmallestPair)
            ? ((long)tensors, (long)pairs)
            : throw Bad(CheckpointErrorKind.BadHeader, "header", $"it claims {tensors} tensors and {pairs} keys, and {Left} bytes follow");
    }

    /// <summary>A name that was not there before.</summary>
    public string Name(HashSet<string> known, string place)
    {
        string name = Text(place);
        return known.Add(name) ? name : throw Bad(CheckpointErrorKind.DuplicateEntry, place, $"'{name}' is there twice");
    }

    /// <summary>A value with its type before it.</summary>
    public object Value(string place) => Value(Type(place), place, DeepestArray);

    /// <summary>The descriptions of tensors, which end the description of the file.</summary>
    public List<GgufTensor> Tensors(long count, object alignment)
    {
        if (alignment is not long and not ulong || Convert.ToUInt64(alignment, CultureInfo.InvariantCulture) is var unit
            && !(unit is > 0 and <= 1 << 20 && BitOperations.IsPow2(unit)))
        {
            throw Bad(CheckpointErrorKind.BadHeader, "key 'general.alignment'", $"it is {alignment}, and a power of two is expected");
        }

        List<(string Name, uint Type, long[] Shape, ulong Offset)> found = [];
        HashSet<string> names = [];
        for (long i = 0; i < count; i++)
        {
            string name = Name(names, $"tensor {i}");
            long[] shape = Shape(name);
            found.Add((name, (uint)Number(4), shape, Number(8)));
        }

        long step = Convert.ToInt64(alignment, CultureInfo.InvariantCulture);
        long data = (_position + step - 1) / step * step;
        return [.. found.Select(tensor => Placed(tensor.Name, tensor.Type, tensor.Shape, tensor.Offset, data, step))];
    }

    private GgufTensor Placed(string name, uint type, long[] shape, ulong offset, long data, long step)
    {
        bool isKnown = Types.TryGetValue(type, out (string Name, int Elements, int Bytes) form);
        GgufTensor tensor = new(name, isKnown ? form.Name : $"type {type}", shape, data + (long)Math.Min(offset, long.MaxValue / 2));
        if (isKnown && (shape.Length == 0 ? 1 : shape[^1]) % form.Elements != 0)
        {
            throw Bad(
                CheckpointErrorKind.BadGeometry, $"tensor '{name}'",
                $"its rows have {shape[^1]} elements, and {form.Name} has blocks of {form.Elements}");
        }

        long bytes = isKnown ? tensor.Count / form.Elements * form.Bytes : 0;
        return offset % (ulong)step == 0 && data <= file.Length && offset <= (ulong)(file.Length - data)
            && bytes <= file.Length - data - (long)offset
            ? tensor
            : throw Bad(
                CheckpointErrorKind.BadOffsets, $"tensor '{name}'",
                $"its {bytes} bytes at {offset} of the data do not lie in a file of {file.Length} bytes");
    }

    private long[] Shape(string name)
    {
        uint dimensions = (uint)Number(4);
        if (dimensions > MostDimensions)
        {
            throw Bad(
                CheckpointErrorKind.BadGeometry, $"tensor '{name}'", $"it has {dimensions} dimensions; {MostDimensions} are possible");
        }

        long[] shape = new long[dimensions];
        UInt128 elements = 1;
        for (int i = shape.Length - 1; i >= 0; i--)
        {
            ulong size = Number(8);
            elements *= size;
            if (size == 0 || elements > long.MaxValue / 512)
            {
                throw Bad(CheckpointErrorKind.BadGeometry, $"tensor '{name}'", $"a dimension has the size {size}");
            }

            shape[i] = (long)size;
        }

        return shape;
    }

    private object Value(GgufValueType type, string place, int depth) => type switch
    {
        GgufValueType.UInt8 or GgufValueType.UInt16 or GgufValueType.UInt32 => (long)Number(WidthOf(type)),
        GgufValueType.UInt64 => Number(8),
        GgufValueType.Int8 => (long)(sbyte)Number(1),
        GgufValueType.Int16 => (long)(short)Number(2),
        GgufValueType.Int32 => (long)(int)Number(4),
        GgufValueType.Int64 => (long)Number(8),
        GgufValueType.Float32 => (double)BitConverter.UInt32BitsToSingle((uint)Number(4)),
        GgufValueType.Float64 => BitConverter.UInt64BitsToDouble(Number(8)),
        GgufValueType.Bool => Number(1) != 0,
        GgufValueType.Text => Text(place),
        _ => Array(place, depth),
    };

    private GgufArray Array(string place, int depth)
    {
        GgufValueType type = Type(place);
        ulong count = Number(8);
        int smallest = type switch { GgufValueType.Text => 8, GgufValueType.Array => 12, _ => WidthOf(type) };
        if (depth == 0 || count > (ulong)(Left / smallest))
        {
            throw depth == 0
                ? Bad(CheckpointErrorKind.TooDeep, place, $"lists stand in lists deeper than {DeepestArray}")
                : Bad(CheckpointErrorKind.Truncated, place, $"it claims {count} values, and {Left} bytes follow");
        }

        List<object> first = [];
        for (ulong i = 0; i < count; i++)
        {
            if (first.Count < ValuesKept)
            {
                first.Add(Value(type, place, depth - 1));
            }
            else if (type == GgufValueType.Array)
            {
                Array(place, depth - 1);
            }
            else if (type == GgufValueType.Text)
            {
                Skip(Length(place));
            }
            else
            {
                Skip((long)(count - i) * WidthOf(type));
                break;
            }
        }

        return new GgufArray((long)count, first);
    }

    private GgufValueType Type(string place)
    {
        uint type = (uint)Number(4);
        return type <= (uint)GgufValueType.Float64
            ? (GgufValueType)type
            : throw Bad(CheckpointErrorKind.BadDtype, place, $"its type is {type}; 0 to {(int)GgufValueType.Float64} are known");
    }

    private static int WidthOf(GgufValueType type) => type switch
    {
        GgufValueType.UInt8 or GgufValueType.Int8 or GgufValueType.Bool => 1,
        GgufValueType.UInt16 or GgufValueType.Int16 => 2,
        GgufValueType.UInt32 or GgufValueType.Int32 or GgufValueType.Float32 => 4,
        _ => 8,
    };

    private string Text(string place)
    {
        long length = Length(place);
        _room -= length + CostOfEntry;
        if (_room < 0)
        {
            throw Bad(CheckpointErrorKind.TooLarge, place, "its names and texts are larger than those of any model");
        }

        byte[] bytes = new byte[length];
        Fill(bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    private long Length(string place)
    {
        ulong length = Number(8);
        return length <= (ulong)Left
            ? (long)length
            : throw Bad(CheckpointErrorKind.Truncated, place, $"a text claims {length} bytes, and {Left} follow");
    }

    private ulong Number(int width)
    {
        Span<byte> bytes = stackalloc byte[8];
        bytes.Clear();
        Fill(bytes[..width]);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    private void Skip(long count)
    {
        for (; count > 0; count -= Math.Min(count, _skipped.Length))
        {
            Fill(_skipped.AsSpan(0, (int)Math.Min(count, _skipped.Length)));
        }
    }

    private void Fill(Span<byte> bytes)
    {
        if (bytes.Length > Left)
        {
            throw Bad(CheckpointErrorKind.Truncated, $"byte {_position}", $"{bytes.Length} bytes are expected there, and {Left} follow");
        }

        _stream.ReadExactly(bytes);
        _position += bytes.Length;
    }

    private CheckpointException Bad(CheckpointErrorKind kind, string place, string problem)
        => file.Error(kind, place, $"The GGUF header cannot be read: {problem}.", Remedy);
}
