using System.IO.Compression;
using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Exchange.Tests;

/// <summary>Weights by name from programs: TorchScript, and torch.export in its three layouts.</summary>
public sealed class ProgramTests : IDisposable
{
    private static readonly string Fixtures = Path.Combine(AppContext.BaseDirectory, "Fixtures");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("scripted.pt")]
    [InlineData("traced.pt")]
    public void A_TorchScript_program_gives_its_weights_by_name(string name) => AssertSame(Path.Combine(Fixtures, name));

    [Fact]
    public void A_frozen_program_has_no_weights_and_says_so()
    {
        CheckpointException error = Assert.Throws<CheckpointException>(() => StateDict.Open(Path.Combine(Fixtures, "frozen.pt")));
        Assert.Equal(CheckpointErrorKind.TorchScript, error.Kind);
        Assert.Contains("frozen", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("torch.jit.script(model)")]
    [InlineData("torch.jit.trace(model, torch.zeros(1, 3, 64, 64))")]
    public void Python_writes_what_is_read(string program)
    {
        Python.Require();
        Python.Run(
            $"""
            import os, sys, torch, torchvision
            torch.set_num_threads(1)
            model = torchvision.models.resnet18(num_classes=3).eval()
            torch.save(model.state_dict(), os.path.join(sys.argv[1], "weights.pth"))
            {program}.save(os.path.join(sys.argv[1], "scripted.pt"))
            """,
            _folder.Path);
        using ImageModel expected = Pretrained.ResNet18(_folder.File("weights.pth"));
        using ImageModel model = Pretrained.ResNet18(_folder.File("scripted.pt"));
        Assert.Equal(ExchangedRuns.Weights(expected), ExchangedRuns.Weights(model));
    }

    [Theory]
    [InlineData("serialized_state_dict.pt")]
    [InlineData("package/data/weights/model.pt")]
    [InlineData("package/data/weights/model_weights_config.json")]
    public void A_program_of_torch_export_gives_its_weights_by_name(string layout) => AssertSame(Exported(layout));

    [Theory]
    [InlineData("\"dtype\": 7", "\"dtype\": 99", CheckpointErrorKind.BadDtype)]
    [InlineData("\"as_int\": 4", "\"as_int\": 4000000000000", CheckpointErrorKind.BadGeometry)]
    [InlineData("\"as_int\": 4", "\"as_int\": -4", CheckpointErrorKind.BadGeometry)]
    [InlineData("\"as_int\": 4", "\"as_int\": 1e400", CheckpointErrorKind.BadHeader)]
    [InlineData("\"as_int\": 4", "\"as_expr\": 4", CheckpointErrorKind.BadHeader)]
    [InlineData("weight_0\"", "../weight_0\"", CheckpointErrorKind.MissingEntry)]
    [InlineData("\"use_pickle\": false", "\"use_pickle\": true", CheckpointErrorKind.UnsafeGlobal)]
    [InlineData("\"layout\": 7", "\"layout\": 1", CheckpointErrorKind.BadDtype)]
    [InlineData("\"config\"", "\"other\"", CheckpointErrorKind.BadHeader)]
    [InlineData("\"fc.bias\"", "\"fc.weight\"", CheckpointErrorKind.DuplicateEntry)]
    public void A_wrong_table_is_refused(string from, string to, CheckpointErrorKind kind)
    {
        string path = Exported(
            "package/data/weights/model_weights_config.json", table => table.Replace(from, to, StringComparison.Ordinal));
        Assert.Equal(kind, Assert.Throws<CheckpointException>(() => StateDict.Open(path).Dispose()).Kind);
    }

    [Fact]
    public void A_program_without_weights_is_refused()
    {
        string path = _folder.File("code.pt2");
        using (ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Create))
        {
            Add(zip, "package/archive_format", "pt2"u8);
            Add(zip, "package/data/aotinductor/model/x.so", [1, 2, 3]);
        }

        Assert.Equal(CheckpointErrorKind.TorchScript, Assert.Throws<CheckpointException>(() => StateDict.Open(path)).Kind);
    }

    [Fact]
    public void Names_of_a_program_are_refused_in_a_checkpoint_and_others_in_a_program()
    {
        // The same pickle without the entry that marks a program, and one that names os.system.
        string plain = Copied(
            "scripted.pt", "plain.pt", entry => !entry.EndsWith("constants.pkl", StringComparison.Ordinal), bytes => bytes);
        Assert.Equal(CheckpointErrorKind.UnsafeGlobal, Assert.Throws<CheckpointException>(() => StateDict.Open(plain)).Kind);

        string hostile = Copied("scripted.pt", "hostile.pt", _ => true, bytes => Encoding.Latin1.GetBytes(
            Encoding.Latin1.GetString(bytes).Replace("ctorch.jit._pickle\nbuild_intlist\n", "cos\nsystem\n", StringComparison.Ordinal)));
        Assert.Equal(CheckpointErrorKind.UnsafeGlobal, Assert.Throws<CheckpointException>(() => StateDict.Open(hostile)).Kind);
    }

    [Fact]
    public void An_object_that_is_many_attributes_cannot_exhaust_memory()
    {
        // Each level holds the next one eight times: 8^20 modules in some hundred bytes.
        using MemoryStream pickle = new();
        pickle.Write([0x80, 2]);
        for (int level = 0; level < 20; level++)
        {
            pickle.Write("c__torch__\nNet\n)"u8);
            pickle.Write([0x81, (byte)'}', (byte)'(']);
            if (level > 0)
            {
                for (byte i = 0; i < 8; i++)
                {
                    pickle.Write([(byte)'X', 1, 0, 0, 0, (byte)('a' + i), (byte)'h', (byte)(level - 1)]);
                }
            }

            pickle.Write([(byte)'u', (byte)'b', (byte)'q', (byte)level, (byte)'0']);
        }

        pickle.Write([(byte)'h', 19, (byte)'.']);
        string path = _folder.File("bomb.pt");
        using (ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Create))
        {
            Add(zip, "s/data.pkl", pickle.ToArray());
            Add(zip, "s/constants.pkl", [0x80, 2, (byte)')', (byte)'.']);
        }

        Assert.Equal(CheckpointErrorKind.TooLarge, Assert.Throws<CheckpointException>(() => StateDict.Open(path)).Kind);
    }

    [Theory]
    [InlineData("scripted.pt")]
    [InlineData("serialized_state_dict.pt")]
    [InlineData("package/data/weights/model_weights_config.json")]
    public void A_damaged_program_is_read_or_refused_with_a_typed_error(string form)
    {
        byte[] whole = File.ReadAllBytes(form == "scripted.pt" ? Path.Combine(Fixtures, form) : Exported(form));
        Random random = new(11);
        int refused = 0;
        for (int round = 0; round < 300; round++)
        {
            byte[] damaged = [.. whole];
            for (int i = random.Next(1, 4); i > 0; i--)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            string path = _folder.File("damaged.pt");
            File.WriteAllBytes(path, round % 5 == 0 ? damaged[..random.Next(damaged.Length)] : damaged);
            try
            {
                using StateDict state = StateDict.Open(path);
                foreach (TensorEntry entry in state.Entries)
                {
                    state.Read(entry.Name).Dispose();
                }
            }
            catch (CheckpointException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 60, 300);
    }

    private static void AssertSame(string path)
    {
        using StateDict expected = StateDict.Open(Path.Combine(Fixtures, "weights.pth")), state = StateDict.Open(path);
        Assert.Equal(expected.Entries.Select(entry => entry.Name).Order(), state.Entries.Select(entry => entry.Name).Order());
        Assert.All(expected.Entries, entry =>
        {
            using Tensor wanted = expected.Read(entry.Name), found = state.Read(entry.Name);
            Assert.Equal(wanted.dtype, found.dtype);
            Assert.Equal(wanted.shape, found.shape);
            Assert.True(wanted.eq(found).all().item<bool>());
        });
    }

    private static void Add(ZipArchive zip, string name, ReadOnlySpan<byte> bytes)
    {
        using Stream stream = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
        stream.Write(bytes);
    }

    private string Copied(string from, string name, Func<string, bool> keeps, Func<byte[], byte[]> change)
    {
        using ZipArchive source = ZipFile.OpenRead(Path.Combine(Fixtures, from));
        using ZipArchive copy = ZipFile.Open(_folder.File(name), ZipArchiveMode.Create);
        foreach (ZipArchiveEntry entry in source.Entries.Where(entry => keeps(entry.FullName)))
        {
            using MemoryStream bytes = new();
            using (Stream stream = entry.Open())
            {
                stream.CopyTo(bytes);
            }

            bool isPickle = entry.FullName.EndsWith("/data.pkl", StringComparison.Ordinal);
            Add(copy, entry.FullName, isPickle ? change(bytes.ToArray()) : bytes.ToArray());
        }

        return _folder.File(name);
    }

    // By the definition of torch.export, of which the PyTorch that runs here knows nothing.
    private string Exported(string layout, Func<string, string>? change = null)
    {
        string path = _folder.File("program.pt2");
        using ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Create);
        bool isOld = !layout.StartsWith("package/", StringComparison.Ordinal);
        Add(zip, isOld ? "version" : "package/archive_format", isOld ? "6.0"u8 : "pt2"u8);
        Add(zip, isOld ? "serialized_exported_program.json" : "package/models/model.json", "{}"u8);
        if (layout.EndsWith(".pt", StringComparison.Ordinal))
        {
            Add(zip, layout, File.ReadAllBytes(Path.Combine(Fixtures, "weights.pth")));
            return path;
        }

        Add(zip, "package/byteorder", "little"u8);
        using StateDict weights = StateDict.Open(Path.Combine(Fixtures, "weights.pth"));
        List<string> lines = [];
        foreach ((int number, TensorEntry entry) in weights.Entries.Index())
        {
            using Tensor tensor = weights.Read(entry.Name);
            Add(zip, $"package/data/weights/weight_{number}", tensor.bytes);
            string sizes = string.Join(", ", tensor.shape.Select(size => $"{{\"as_int\": {size}}}"));
            string strides = string.Join(", ", tensor.stride().Select(size => $"{{\"as_int\": {size}}}"));
            lines.Add(
                $"\"{entry.Name}\": {{\"path_name\": \"weight_{number}\", \"is_param\": true, \"use_pickle\": false, \"tensor_meta\": "
                    + $"{{\"dtype\": {(tensor.dtype == ScalarType.Float32 ? 7 : 5)}, \"sizes\": [{sizes}], \"requires_grad\": true, "
                    + $"\"device\": {{\"type\": \"cpu\", \"index\": null}}, \"strides\": [{strides}], "
                    + "\"storage_offset\": {\"as_int\": 0}, \"layout\": 7}}");
        }

        string table = $"{{\"config\": {{{string.Join(", ", lines)}}}}}";
        Add(zip, layout, Encoding.UTF8.GetBytes(change?.Invoke(table) ?? table));
        return path;
    }
}
