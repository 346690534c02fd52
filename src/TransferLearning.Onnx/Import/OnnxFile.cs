namespace TransferLearning.Onnx;

/// <summary>An ONNX file that was read, and the tensors in it and beside it.</summary>
internal sealed class OnnxFile
{
    private const int MostNested = 100;
    private const int MostNodes = 1_000_000;
    private readonly string _path;

    private OnnxFile(string path, GraphProto graph) => (_path, Graph) = (path, graph);

    public GraphProto Graph { get; }

    /// <exception cref="CheckpointException">It is no ONNX file.</exception>
    public static OnnxFile Read(string path) => new(path, Parse(path).Graph);

    /// <summary>A file with a graph in it, as it stands.</summary>
    /// <exception cref="CheckpointException">It is no ONNX file.</exception>
    public static ModelProto Parse(string path)
    {
        using FileStream stream = File.OpenRead(path);
        if (stream.Length > int.MaxValue)
        {
            throw new CheckpointException(
                CheckpointErrorKind.TooLarge, path, null, $"It has {stream.Length} bytes; a protobuf has at most {int.MaxValue}.",
                "Save it with external data.");
        }

        try
        {
            using CodedInputStream input = CodedInputStream.CreateWithLimits(stream, int.MaxValue, MostNested);
            ModelProto model = ModelProto.Parser.ParseFrom(input);
            return model.Graph is { Node.Count: > 0 and <= MostNodes }
                ? model
                : throw new CheckpointException(
                    CheckpointErrorKind.NotACheckpoint, path, null, "It holds no ONNX graph with nodes.", "Give the path of an ONNX file.");
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw new CheckpointException(
                CheckpointErrorKind.NotACheckpoint, path, null, $"It is no sound ONNX file: {exception.Message}",
                "Get the file from its publisher again.", exception);
        }
    }

    public CheckpointException Error(CheckpointErrorKind kind, string? place, string problem, string remedy)
        => new(kind, _path, place, problem, remedy);

    /// <summary>A tensor as float32.</summary>
    public Tensor Floats(TensorProto stored)
    {
        long count = CountOf(stored);
        float[] values = (TensorProto.Types.DataType)stored.DataType switch
        {
            TensorProto.Types.DataType.Float when stored.FloatData.Count > 0 => Typed(stored, count, stored.FloatData, value => value),
            TensorProto.Types.DataType.Double when stored.DoubleData.Count > 0
                => Typed(stored, count, stored.DoubleData, value => (float)value),
            TensorProto.Types.DataType.Int64 when stored.Int64Data.Count > 0 => Typed(stored, count, stored.Int64Data, value => value),
            TensorProto.Types.DataType.Int32 when stored.Int32Data.Count > 0 => Typed(stored, count, stored.Int32Data, value => value),
            TensorProto.Types.DataType.Float16 when stored.Int32Data.Count > 0
                => Typed(stored, count, stored.Int32Data, value => (float)BitConverter.UInt16BitsToHalf((ushort)value)),
            TensorProto.Types.DataType.Bfloat16 when stored.Int32Data.Count > 0
                => Typed(stored, count, stored.Int32Data, value => BitConverter.Int32BitsToSingle(value << 16)),
            TensorProto.Types.DataType.Float => Raw<float>(stored, count, value => value),
            TensorProto.Types.DataType.Double => Raw<double>(stored, count, value => (float)value),
            TensorProto.Types.DataType.Int64 => Raw<long>(stored, count, value => value),
            TensorProto.Types.DataType.Int32 => Raw<int>(stored, count, value => value),
            TensorProto.Types.DataType.Float16 => Raw<Half>(stored, count, value => (float)value),
            TensorProto.Types.DataType.Bfloat16 => Raw<ushort>(stored, count, value => BitConverter.Int32BitsToSingle(value << 16)),
            _ => throw Error(
                CheckpointErrorKind.BadDtype, $"initialiser '{stored.Name}'", $"Its type {stored.DataType} is no type of weights.",
                "Export the network in float32."),
        };
        return tensor(values, [.. stored.Dims]);
    }

    private long CountOf(TensorProto stored)
    {
        long count = 1;
        foreach (long length in stored.Dims)
        {
            if (length < 0 || (count > 0 && length > int.MaxValue / count))
            {
                throw Error(
                    CheckpointErrorKind.BadGeometry, $"initialiser '{stored.Name}'",
                        $"Its shape [{string.Join(", ", stored.Dims)}] is too large.",
                    "Get the file from its publisher again.");
            }

            count *= length;
        }

        return count;
    }

    private float[] Typed<T>(TensorProto stored, long count, IReadOnlyList<T> values, Func<T, float> convert)
    {
        RequireCount(stored, count, values.Count);
        return [.. values.Select(convert)];
    }

    private float[] Raw<T>(TensorProto stored, long count, Func<T, float> convert) where T : unmanaged
    {
        ReadOnlySpan<byte> bytes = stored.DataLocation == TensorProto.Types.DataLocation.External
            ? External(stored, checked(count * Marshal.SizeOf<T>()))
            : stored.RawData.Span;
        int size = Marshal.SizeOf<T>();
        RequireCount(stored, count, bytes.Length % size == 0 ? bytes.Length / size : -1);
        ReadOnlySpan<T> values = MemoryMarshal.Cast<byte, T>(bytes);
        float[] result = new float[count];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = convert(values[i]);
        }

        return result;
    }

    private void RequireCount(TensorProto stored, long expected, long found)
    {
        if (expected != found)
        {
            throw Error(
                CheckpointErrorKind.BadGeometry, $"initialiser '{stored.Name}'",
                $"Its shape [{string.Join(", ", stored.Dims)}] has {expected} elements, and its data {found}.",
                "Get the file from its publisher again.");
        }
    }

    private byte[] External(TensorProto stored, long length)
    {
        string place = $"initialiser '{stored.Name}'";
        string location = Entry("location") ?? "";
        string folder = Path.GetFullPath(Path.GetDirectoryName(Path.GetFullPath(_path))!);
        string path = Path.GetFullPath(Path.Combine(folder, location));
        FileInfo found = new(path);
        if (location.Length == 0 || !path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            || found.LinkTarget is not null)
        {
            throw Error(CheckpointErrorKind.PathTraversal, place, $"Its data '{location}' is not in the file's folder.",
                "Do not trust this file.");
        }

        if (!found.Exists)
        {
            throw Error(CheckpointErrorKind.MissingShard, place, $"Its data file '{location}' is absent.", "Put it beside the ONNX file.");
        }

        bool isSound = Number("offset", 0, out long offset) & Number("length", length, out long said);
        if (!isSound || said != length || offset < 0 || offset > found.Length - length)
        {
            throw Error(
                CheckpointErrorKind.BadOffsets, place,
                $"Its data, {Entry("length")} bytes at {Entry("offset")} for {length} expected, "
                    + $"does not lie in '{location}' of {found.Length} bytes.",
                "Get the files from their publisher again.");
        }

        byte[] data = new byte[length];
        using FileStream stream = found.OpenRead();
        stream.Position = offset;
        stream.ReadExactly(data);
        return data;

        string? Entry(string key) => stored.ExternalData.FirstOrDefault(entry => entry.Key == key)?.Value;

        bool Number(string key, long otherwise, out long number)
        {
            number = otherwise;
            return Entry(key) is not { } text || long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
        }
    }
}
