using Google.Protobuf;
using Onnx;

namespace TransferLearning.Onnx.Tests;

/// <summary>Files from outside: each ends in a typed error that names the file and what is wrong, before memory is taken.</summary>
public sealed class HostileOnnxTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static string Fixture => Path.Combine(AppContext.BaseDirectory, "Fixtures", "small-17-plain.onnx");

    public HostileOnnxTests() => SmallNetwork.Add();

    public static TheoryData<string, CheckpointErrorKind> Tensors => new()
    {
        { "negative length", CheckpointErrorKind.BadGeometry },
        { "huge lengths", CheckpointErrorKind.BadGeometry },
        { "one huge length", CheckpointErrorKind.BadGeometry },
        { "many dimensions", CheckpointErrorKind.BadGeometry },
        { "too little data", CheckpointErrorKind.BadGeometry },
        { "too much data", CheckpointErrorKind.BadGeometry },
        { "typed and raw", CheckpointErrorKind.BadHeader },
        { "halves in another field", CheckpointErrorKind.BadGeometry },
        { "strings", CheckpointErrorKind.BadDtype },
        { "segment", CheckpointErrorKind.BadHeader },
        { "twice", CheckpointErrorKind.DuplicateEntry },
        { "missing", CheckpointErrorKind.BadHeader },
    };

    [Theory]
    [MemberData(nameof(Tensors))]
    public void A_wrong_tensor_is_refused(string what, CheckpointErrorKind kind)
    {
        ModelProto file = Read();
        TensorProto stored = file.Graph.Initializer.Single(one => one.Name == "mix.weight");
        switch (what)
        {
            case "negative length":
                stored.Dims[0] = -16;
                break;
            case "huge lengths":
                stored.Dims.Clear();
                stored.Dims.Add([1L << 32, 1L << 32, 3, 3]);
                break;
            case "one huge length":
                stored.Dims[0] = long.MaxValue;
                break;
            case "many dimensions":
                stored.Dims.Add(Enumerable.Repeat(1L, 100));
                break;
            case "too little data":
                stored.RawData = ByteString.CopyFrom(stored.RawData.ToByteArray()[..^4]);
                break;
            case "too much data":
                stored.RawData = ByteString.CopyFrom([.. stored.RawData, 0]);
                break;
            case "typed and raw":
                stored.FloatData.Add(1);
                break;
            case "halves in another field":
                (stored.DataType, stored.RawData) = (10, ByteString.Empty);
                stored.FloatData.Add(Enumerable.Repeat(1f, 3));
                break;
            case "strings":
                stored.DataType = 8;
                break;
            case "segment":
                stored.Segment = new TensorProto.Types.Segment { Begin = 0, End = 1 };
                break;
            case "twice":
                file.Graph.Initializer.Add(stored.Clone());
                break;
            default:
                file.Graph.Initializer.Remove(stored);
                file.Graph.Input.Remove(file.Graph.Input.Single(one => one.Name == "mix.weight"));
                break;
        }

        CheckpointException error = Refused(file);
        Assert.Equal(kind, error.Kind);
        Assert.Contains("mix", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(10, true)]
    [InlineData(16, true)]
    [InlineData(11, true)]
    [InlineData(1, true)]
    [InlineData(10, false)]
    [InlineData(16, false)]
    [InlineData(11, false)]
    public void Numbers_of_other_types_are_read_raw_and_typed(int type, bool isTyped)
    {
        ModelProto file = Read();
        TensorProto stored = file.Graph.Initializer.Single(one => one.Name == "mix.weight");
        float[] values = [.. Enumerable.Range(0, 16 * 8 * 9).Select(place => ((place % 7) - 3) / 4f)]; // exact in every type
        (stored.DataType, stored.RawData) = (type, ByteString.Empty);
        ushort[] shorts = [.. values.Select(value => type == 10 ? BitConverter.HalfToUInt16Bits((Half)value)
            : (ushort)(BitConverter.SingleToInt32Bits(value) >> 16))];
        switch (type)
        {
            case 1:
                stored.FloatData.Add(values);
                break;
            case 11 when isTyped:
                stored.DoubleData.Add(values.Select(value => (double)value));
                break;
            case 11:
                stored.RawData = ByteString.CopyFrom([.. values.SelectMany(value => BitConverter.GetBytes((double)value))]);
                break;
            case int when isTyped:
                stored.Int32Data.Add(shorts.Select(value => (int)value));
                break;
            default:
                stored.RawData = ByteString.CopyFrom([.. shorts.SelectMany(BitConverter.GetBytes)]);
                break;
        }

        using ImageModel model = OnnxPretrained.Load(SmallNetwork.Architecture, Write(file));
        Assert.Equal(values, model.Module.State().Single(entry => entry.Key == "mix.weight").Value.data<float>().ToArray());
    }

    [Theory]
    [InlineData("../outside.data", "0", "4608", CheckpointErrorKind.PathTraversal)]
    [InlineData("/etc/hostname", "0", "4608", CheckpointErrorKind.PathTraversal)]
    [InlineData("linked/inner.data", "0", "4608", CheckpointErrorKind.PathTraversal)]
    [InlineData("linked.data", "0", "4608", CheckpointErrorKind.PathTraversal)]
    [InlineData("", "0", "4608", CheckpointErrorKind.PathTraversal)]
    [InlineData("in\0side.data", "0", "4608", CheckpointErrorKind.PathTraversal)]
    [InlineData("absent.data", "0", "4608", CheckpointErrorKind.MissingShard)]
    [InlineData("inside.data", "1", "4608", CheckpointErrorKind.BadOffsets)]
    [InlineData("inside.data", "9223372036854775807", "4608", CheckpointErrorKind.BadOffsets)]
    [InlineData("inside.data", "-1", "4608", CheckpointErrorKind.BadOffsets)]
    [InlineData("inside.data", "0", "4607", CheckpointErrorKind.BadOffsets)]
    [InlineData("inside.data", "0", "99999999999999999999", CheckpointErrorKind.BadOffsets)]
    [InlineData("inside.data", "0x0", "4608", CheckpointErrorKind.BadOffsets)]
    public void Data_beside_the_file_stays_in_its_folder_and_its_bounds(string location, string offset, string length,
        CheckpointErrorKind kind)
    {
        Beside();
        Assert.Equal(kind, Refused(External(location, offset, length)).Kind);
    }

    [Fact]
    public void Data_beside_the_file_is_read()
    {
        Beside();
        using ImageModel model = OnnxPretrained.Load(SmallNetwork.Architecture, Write(External("inside.data", "0", "4608")));
        Assert.All(model.Module.State().Single(entry => entry.Key == "mix.weight").Value.data<float>(), value => Assert.Equal(0, value));
    }

    [Theory]
    [InlineData("cycle")]
    [InlineData("branch")]
    [InlineData("no output")]
    [InlineData("two inputs")]
    [InlineData("old operators")]
    [InlineData("given twice")]
    [InlineData("doubling")]
    [InlineData("huge constant")]
    [InlineData("huge image")]
    public void A_wrong_graph_is_refused(string what)
    {
        ModelProto file = Read();
        NodeProto first = file.Graph.Node.First(node => node.OpType == "Conv");
        switch (what)
        {
            case "cycle":
                first.Input[0] = file.Graph.Node[^1].Output[0];
                break;
            case "branch":
                first.OpType = "Loop";
                break;
            case "no output":
                file.Graph.Output[0].Name = "nothing";
                break;
            case "two inputs":
                file.Graph.Input.Add(new ValueInfoProto { Name = "more" });
                break;
            case "old operators":
                file.OpsetImport[0].Version = 3;
                break;
            case "given twice":
                file.Graph.Node.Add(first.Clone());
                break;
            case "doubling":
                string name = "images";
                for (int place = 0; place < 60; place++)
                {
                    NodeProto node = new() { OpType = "Concat", Name = $"double{place}" };
                    node.Input.Add([name, name]);
                    node.Output.Add(name = $"double{place}");
                    node.Attribute.Add(new AttributeProto { Name = "axis", I = 0, Type = AttributeProto.Types.AttributeType.Int });
                    file.Graph.Node.Insert(place, node);
                }

                break;
            case "huge constant":
                file.Graph.Initializer.Add(Wholes("shape", [1L << 20, 1L << 20]));
                NodeProto filled = new() { OpType = "ConstantOfShape", Name = "filled" };
                filled.Input.Add("shape");
                filled.Output.Add("filled");
                file.Graph.Node.Insert(0, filled);
                break;
            default:
                TensorShapeProto shape = new();
                shape.Dim.Add([.. ((long[])[1, 3, 1 << 20, 1 << 20])
                    .Select(length => new TensorShapeProto.Types.Dimension { DimValue = length })]);
                file.Graph.Input.Single(one => one.Name == "images").Type.TensorType.Shape = shape;
                break;
        }

        CheckpointException error = Refused(file);
        Assert.Contains("damaged.onnx", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Subgraphs_that_are_nested_deeply_are_refused()
    {
        byte[] nested = [];
        for (int depth = 0; depth < 1000; depth++)
        {
            nested = Field(1, Field(5, Field(6, nested))); // a node with an attribute with the graph before
        }

        Assert.Equal(CheckpointErrorKind.TooDeep, Refused(Field(7, nested)).Kind);
    }

    [Fact]
    public void So_many_fields_that_their_objects_would_take_the_memory_are_refused()
    {
        byte[] nodes = [.. Enumerable.Repeat<byte[]>([10, 0], 2_100_000).SelectMany(node => node)];
        Assert.Equal(CheckpointErrorKind.TooLarge, Refused(Field(7, nodes)).Kind);
    }

    [Fact]
    public void A_length_beyond_the_file_is_refused()
    {
        foreach (byte[] bytes in (byte[][])[[0x3a, 0xff, 0xff, 0xff, 0xff, 0x07, 1, 2, 3],
            [0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], [0x3a], [0xff]])
        {
            CheckpointException error = Refused(bytes);
            Assert.True(error.Kind is CheckpointErrorKind.Truncated or CheckpointErrorKind.BadHeader, $"{error.Kind}");
        }

        Refused([]);
    }

    [Fact]
    public void A_damaged_file_is_read_or_refused_with_a_typed_error()
    {
        OnnxFuzz fuzz = new([Fixture, Path.Combine(Path.GetDirectoryName(Fixture)!, "small-11-folded.onnx")], _folder.Path);
        fuzz.Run(60, seed: 5, TestContext.Current.CancellationToken);
        Assert.Equal(60, fuzz.Read + fuzz.Refused);
        Assert.InRange(fuzz.Refused, 20, 60);
    }

    public void Dispose() => _folder.Dispose();

    private static byte[] Field(int number, byte[] content)
    {
        using MemoryStream stream = new();
        using CodedOutputStream output = new(stream);
        output.WriteTag(number, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(content));
        output.Flush();
        return stream.ToArray();
    }

    private static ModelProto Read() => ModelProto.Parser.ParseFrom(File.ReadAllBytes(Fixture));

    private static TensorProto Wholes(string name, long[] numbers)
    {
        TensorProto stored = new() { Name = name, DataType = 7 };
        stored.Dims.Add(numbers.Length);
        stored.Int64Data.Add(numbers);
        return stored;
    }

    private void Beside()
    {
        Directory.CreateDirectory(_folder.File("out"));
        File.WriteAllBytes(Path.Combine(_folder.Path, "out", "inner.data"), new byte[4608]);
        Directory.CreateDirectory(_folder.File("in"));
        File.WriteAllBytes(Path.Combine(_folder.Path, "in", "inside.data"), new byte[4608]);
        File.WriteAllBytes(_folder.File("outside.data"), new byte[4608]);
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, "in", "linked"), _folder.File("out"));
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "in", "linked.data"), Path.Combine(_folder.Path, "out", "inner.data"));
    }

    private static ModelProto External(string location, string offset, string length)
    {
        ModelProto file = Read();
        TensorProto stored = file.Graph.Initializer.Single(one => one.Name == "mix.weight");
        (stored.RawData, stored.DataLocation) = (ByteString.Empty, TensorProto.Types.DataLocation.External);
        foreach ((string key, string value) in (ReadOnlySpan<(string, string)>)[("location", location), ("offset", offset),
            ("length", length)])
        {
            stored.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value });
        }

        return file;
    }

    private string Write(ModelProto file)
    {
        string path = Directory.Exists(_folder.File("in")) ? Path.Combine(_folder.Path, "in", "damaged.onnx")
            : _folder.File("damaged.onnx");
        File.WriteAllBytes(path, file.ToByteArray());
        return path;
    }

    private CheckpointException Refused(byte[] file)
    {
        string path = _folder.File("damaged.onnx");
        File.WriteAllBytes(path, file);
        return Assert.Throws<CheckpointException>(() => OnnxPretrained.Load(SmallNetwork.Architecture, path));
    }

    private CheckpointException Refused(ModelProto file)
    {
        string path = Write(file);
        return Assert.Throws<CheckpointException>(() => OnnxPretrained.Load(SmallNetwork.Architecture, path));
    }
}
