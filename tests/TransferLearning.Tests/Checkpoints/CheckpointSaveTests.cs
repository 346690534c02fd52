using System.Diagnostics;
using System.IO.Compression;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

public sealed class CheckpointSaveTests : IDisposable
{
    private const string Python = "/usr/bin/python3";

    private static readonly ScalarType[] Types =
    [
        ScalarType.Float16, ScalarType.BFloat16, ScalarType.Float32, ScalarType.Float64, ScalarType.Int8, ScalarType.Int16,
        ScalarType.Int32, ScalarType.Int64, ScalarType.Byte, ScalarType.Bool, ScalarType.ComplexFloat32, ScalarType.ComplexFloat64,
    ];

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    public static TheoryData<ScalarType, CheckpointFormat> TypesAndForms()
    {
        TheoryData<ScalarType, CheckpointFormat> rows = [];
        foreach (ScalarType type in Types)
        {
            rows.Add(type, CheckpointFormat.TorchZip);
            if (type != ScalarType.ComplexFloat64)
            {
                rows.Add(type, CheckpointFormat.SafeTensors);
            }
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(TypesAndForms))]
    public void What_is_saved_is_read_again_bit_for_bit(ScalarType type, CheckpointFormat form)
    {
        Random random = new(42);
        for (int round = 0; round < 10; round++)
        {
            List<KeyValuePair<string, Tensor>> tensors = [.. Enumerable.Range(0, random.Next(6)).Select(
                i => KeyValuePair.Create($"层.{round}.\"{i}\"", Any(random, type)))];
            string path = _folder.File($"{round}.bin");
            using (StateDict memory = StateDict.FromTensors(tensors))
            {
                memory.Save(path, form);
            }

            using StateDict stored = StateDict.Open(path);
            Assert.Equal(tensors.Select(pair => pair.Key), stored.Entries.Select(entry => entry.Name));
            foreach ((string name, Tensor tensor) in tensors)
            {
                Tensor read = stored.Read(name);
                Assert.Equal(type, read.dtype);
                Assert.Equal(tensor.shape, read.shape);
                Assert.True(tensor.contiguous().bytes.SequenceEqual(read.bytes));
            }
        }
    }

    [Fact]
    public void Views_and_parameters_are_saved_as_what_they_show()
    {
        Tensor big = arange(24, ScalarType.Float32).view(4, 6);
        TorchSharp.Modules.Parameter parameter = new(big.clone());
        using (StateDict memory = StateDict.FromTensors(
            [new("t", big.t()), new("row", big[1]), new("p", parameter), new("e", ones(1).expand(3))]))
        {
            memory.Save(_folder.File("v.pth"));
        }

        using StateDict stored = StateDict.Open(_folder.File("v.pth"));
        Assert.Equal(big.t().contiguous().data<float>().ToArray(), stored.Read("t").data<float>().ToArray());
        Assert.Equal([6f, 7f, 8f, 9f, 10f, 11f], stored.Read("row").data<float>().ToArray());
        Assert.Equal([1f, 1f, 1f], stored.Read("e").data<float>().ToArray());
    }

    [Fact]
    public void A_file_is_converted_to_another_form_and_saved_over_itself()
    {
        string path = _folder.File("w.safetensors");
        File.Copy(ParityFolder.File("checkpoints/good/zip_noncontiguous.pth"), path);
        using (StateDict torch = StateDict.Open(path))
        {
            torch.Save(path, metadata: new Dictionary<string, string> { ["origin"] = "über" });
            using StateDict stored = StateDict.Open(path);
            Assert.Equal("über", stored.Metadata["origin"]);
            foreach (TensorEntry entry in torch.Entries)
            {
                Assert.True(torch.Read(entry.Name).bytes.SequenceEqual(stored.Read(entry.Name).bytes));
            }
        }

        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Entries_of_a_torch_file_lie_at_multiples_of_64_bytes()
    {
        using (StateDict memory = StateDict.FromTensors(
            Enumerable.Range(0, 70).Select(i => KeyValuePair.Create(new string('n', i + 1), ones(i + 1)))))
        {
            memory.Save(_folder.File("a.pth"));
        }

        using CheckpointFile file = CheckpointFile.Open(_folder.File("a.pth"));
        Assert.All(ZipDirectory.ReadStrictly(file.Bytes, 1 << 20).Values, found => Assert.Equal(0, found.Start % 64));
        using ZipArchive other = ZipFile.OpenRead(_folder.File("a.pth"));
        Assert.Equal(73, other.Entries.Count);
    }

    [Fact]
    public void A_folder_and_a_missing_file_are_called_what_they_are()
    {
        CheckpointException folder = Assert.Throws<CheckpointException>(() => StateDict.Open(_folder.Path));
        Assert.Contains("is a folder", folder.Message, StringComparison.Ordinal);
        Assert.Contains(
            "is a folder", Assert.Throws<CheckpointException>(() => ImageModel.Load(_folder.Path)).Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => StateDict.Open(_folder.File("none")));
        Assert.Throws<FileNotFoundException>(() => StateDict.Open(_folder.File("none/none")));
    }

    [Fact]
    public void Zip64_fields_are_written_and_read()
    {
        using (StateDict memory = StateDict.FromTensors([new("a", arange(10, ScalarType.Int64))]))
        using (FileStream stream = File.Create(_folder.File("a.pth")))
        {
            TorchZipWriter.Write(stream, memory.Entries, always64: true);
        }

        using StateDict stored = StateDict.Open(_folder.File("a.pth"));
        Assert.Equal(9L, stored.Read("a")[9].item<long>());
        using ZipArchive other = ZipFile.OpenRead(_folder.File("a.pth"));
        Assert.Equal(80, other.GetEntry("archive/data/0")!.Length);
        if (HasTorch())
        {
            Assert.Equal(
                "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]",
                RunPython("import sys, torch; print(torch.load(sys.argv[1])['a'].tolist())", _folder.File("a.pth")));
        }
    }

    [Fact]
    public void Python_reads_what_is_written()
    {
        Assert.SkipUnless(HasTorch(), "Python with torch is not on this machine.");
        using (StateDict memory = StateDict.FromTensors(Types.Select(type => KeyValuePair.Create(type.ToString(), full([2, 3], 3, type)))))
        {
            memory.Save(_folder.File("a.pth"));
        }

        const string Script = """
            import sys, torch
            d = torch.load(sys.argv[1], weights_only=True)
            show = lambda v: abs((v if v.is_complex() else v.double()).sum().item())
            print(type(d).__name__, end="")
            for k, v in d.items():
                print("|%s:%s:%s:%g" % (k, str(v.dtype)[6:], list(v.shape), show(v)), end="")
            """;
        string expected = "OrderedDict|" + string.Join(
            '|', Types.Select(type => $"{type}:{PickleNames.Dtype(type)}:[2, 3]:{(type == ScalarType.Bool ? 6 : 18)}"));
        Assert.Equal(expected, RunPython(Script, _folder.File("a.pth")));
    }

    [Fact]
    public void What_a_form_cannot_hold_is_refused_and_nothing_is_left()
    {
        using StateDict complex = StateDict.FromTensors([new("c", ones(2, ScalarType.ComplexFloat64))]);
        using StateDict reserved = StateDict.FromTensors([new("__metadata__", ones(2))]);

        Assert.Throws<NotSupportedException>(() => complex.Save(_folder.File("a.safetensors")));
        Assert.Throws<ArgumentException>(() => reserved.Save(_folder.File("a.safetensors")));
        Assert.Contains(
            ".safetensors", Assert.Throws<ArgumentException>(() => reserved.Save(_folder.File("a.dat"))).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void A_changed_byte_is_found_by_its_checksum()
    {
        string path = _folder.File("a.pth");
        using (StateDict memory = StateDict.FromTensors([new("a", ones(100_000))]))
        {
            memory.Save(path);
        }

        byte[] bytes = File.ReadAllBytes(path);
        bytes[200_000] ^= 1;
        File.WriteAllBytes(path, bytes);
        using StateDict stored = StateDict.Open(path);
        Assert.Equal(CheckpointErrorKind.CorruptZip, Assert.Throws<CheckpointException>(() => stored.Read("a")).Kind);
        using StateDict unverified = StateDict.Open(path, new CheckpointOptions { VerifyChecksums = false });
        Assert.Equal([100_000], unverified.Read("a").shape);
    }

    private static Tensor Any(Random random, ScalarType type)
    {
        long[] shape = [.. Enumerable.Range(0, random.Next(5)).Select(_ => (long)random.Next(6))];
        Tensor result = zeros(shape, type);
        if (type == ScalarType.Bool)
        {
            Span<byte> flags = result.bytes;
            for (int i = 0; i < flags.Length; i++)
            {
                flags[i] = (byte)random.Next(2);
            }
        }
        else
        {
            random.NextBytes(result.bytes);
        }

        return shape.Length > 1 && random.Next(2) == 0 ? result.transpose(0, 1) : result;
    }

    private static bool HasTorch() => File.Exists(Python)
        && RunPython("import importlib.util; print(importlib.util.find_spec('torch') is not None)") == "True";

    private static string RunPython(string script, params string[] arguments)
    {
        using Process process = Process.Start(
            new ProcessStartInfo(Python, ["-c", script, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors.GetAwaiter().GetResult());
        return output.Trim();
    }
}
