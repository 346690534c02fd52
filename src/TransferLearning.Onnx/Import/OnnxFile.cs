namespace TransferLearning.Onnx;

/// <summary>An ONNX file that was read, and the tensors in it and beside it.</summary>
internal sealed class OnnxFile
{
    private const int MostNested = 100;
    private const int MostNodes = 1_000_000;
    private const int Oldest = 7;
    private const int Newest = 25;
    private const int LongestPath = 1024;
    private const string Remedy = "Get the file from its publisher again.";
    private readonly string _path;

    private OnnxFile(string path, GraphProto graph, long opset) => (_path, Graph, Opset) = (path, graph, opset);

    public GraphProto Graph { get; }

    /// <summary>The version of the operators.</summary>
    public long Opset { get; }

    /// <exception cref="CheckpointException">It is no ONNX file.</exception>
    public static OnnxFile Read(string path)
    {
        ModelProto model = Parse(path);
        long opset = OpsetOf(model);
        return opset is >= Oldest and <= Newest
            ? new OnnxFile(path, model.Graph, opset)
            : throw new CheckpointException(
                CheckpointErrorKind.BadHeader, path, "opset_import",
                $"Its operators are of version {opset}; {Oldest} to {Newest} are read.",
                "Export the network again with opset 17.");
    }

    /// <summary>The version of the standard's operators; 0 where the file does not say.</summary>
    public static long OpsetOf(ModelProto model)
        => model.OpsetImport.FirstOrDefault(one => one.Domain is "" or "ai.onnx")?.Version ?? 0;

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

        if (ProtobufScan.Of(stream) is var (kind, problem))
        {
            throw new CheckpointException(kind, path, null, $"It is no sound ONNX file: {problem}", Remedy);
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
                Remedy, exception);
        }
    }

    public CheckpointException Error(CheckpointErrorKind kind, string? place, string problem, string remedy)
        => new(kind, _path, place, problem, remedy);

    /// <summary>A tensor: float32 for floating point numbers, int64 for whole ones, or bool. The caller disposes it.</summary>
    public Tensor Read(TensorProto stored) => Stored(stored).Read();

    /// <summary>Compares a tensor's shape with its data.</summary>
    public void Check(TensorProto stored) => Stored(stored).Check();

    private StoredTensor Stored(TensorProto stored)
        => new(
            stored, length => External(stored, length),
            (kind, problem) => Error(kind, $"initialiser '{stored.Name}'", problem, Remedy));

    private byte[] External(TensorProto stored, long length)
    {
        string place = $"initialiser '{stored.Name}'";
        string location = Entry("location") ?? "";
        string folder = Path.GetFullPath(Path.GetDirectoryName(Path.GetFullPath(_path))!);
        string path = location.Contains('\0', StringComparison.Ordinal) ? "" : Path.GetFullPath(Path.Combine(folder, location));
        if (location.Length is 0 or > LongestPath || Path.IsPathRooted(location)
            || !path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal) || IsLinked(folder, path))
        {
            throw Error(
                CheckpointErrorKind.PathTraversal, place,
                $"Its data '{location[..Math.Min(location.Length, LongestPath)]}' is not in the file's folder; a path below "
                    + $"'{folder}' without links is expected.",
                "Do not trust this file.");
        }

        FileInfo found = new(path);

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

        // No folder on the way is a link out of it.
        static bool IsLinked(string folder, string path)
        {
            for (string? part = path; part is not null && part.Length > folder.Length; part = Path.GetDirectoryName(part))
            {
                if (new FileInfo(part).LinkTarget is not null)
                {
                    return true;
                }
            }

            return false;
        }

        string? Entry(string key) => stored.ExternalData.FirstOrDefault(entry => entry.Key == key)?.Value;

        bool Number(string key, long otherwise, out long number)
        {
            number = otherwise;
            return Entry(key) is not { } text || long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
        }
    }
}
