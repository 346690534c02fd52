using System.Globalization;
using System.Numerics;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

/// <summary>Every checkpoint of the parity folder, good and hostile, has the outcome that its index states.</summary>
[Trait("Category", "Parity")]
public sealed class CheckpointParityTests
{
    private const int TimeLimit = 30_000;

    /// <summary>What reading a small file may allocate: a constant for parsers and buffers, and a multiple of the file.</summary>
    private const long AllocationFloor = 4 << 20;
    private const long AllocationRatio = 300;

    private static readonly Dictionary<string, CheckpointErrorKind> Kinds = Enum.GetValues<CheckpointErrorKind>()
        .ToDictionary(
            kind => JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString()).Replace(
                "torch_script", "torchscript", StringComparison.Ordinal));

    public static TheoryData<string> Files()
    {
        using JsonDocument index = ParityFolder.Json("checkpoints/index.json");
        return [.. index.RootElement.GetProperty("files").EnumerateArray().Select(file => file.GetProperty("file").GetString()!)];
    }

    [Fact]
    public void The_default_folder_holds_good_and_hostile_files_of_every_form()
    {
        using JsonDocument index = ParityFolder.Json("checkpoints/index.json");
        string[] found = [.. index.RootElement.GetProperty("files").EnumerateArray()
            .Select(file => $"{file.GetProperty("format").GetString()} {file.GetProperty("expect").GetString()}").Distinct()];
        Assert.Superset(
            new HashSet<string>
            {
                "torch_zip ok", "torch_zip error", "torch_legacy ok", "torch_legacy error",
                "safetensors ok", "safetensors error", "safetensors_sharded ok", "torch_zip_sharded ok",
            },
            found.ToHashSet());
    }

    [Theory(Timeout = TimeLimit)]
    [MemberData(nameof(Files))]
    public async Task Reads_or_refuses_each_file_as_its_index_states(string name)
    {
        using JsonDocument index = ParityFolder.Json("checkpoints/index.json");
        JsonElement file = index.RootElement.GetProperty("files").EnumerateArray().First(
            file => file.GetProperty("file").GetString() == name);
        string[] before = Directory.GetFiles(ParityFolder.File("checkpoints"), "*escape*", SearchOption.AllDirectories);

        await Task.Run(() => Check(file, ParityFolder.File("checkpoints/" + name)), TestContext.Current.CancellationToken);

        Assert.Equal(before, Directory.GetFiles(ParityFolder.File("checkpoints"), "*escape*", SearchOption.AllDirectories));
    }

    private static void Check(JsonElement file, string path)
    {
        string expect = file.GetProperty("expect").GetString()!;
        // The first use of a code path loads assemblies and compiles; that is no cost of the file.
        Attempt(path);
        long before = GC.GetAllocatedBytesForCurrentThread();
        CheckpointException? refusal = Attempt(path);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.InRange(allocated, 0, AllocationFloor + (AllocationRatio * new FileInfo(path).Length));

        if (refusal is not null)
        {
            Assert.NotEqual("ok", expect);
            CheckpointErrorKind[] allowed = [.. file.GetProperty("errors").EnumerateArray().Select(kind => Kinds[kind.GetString()!])];
            Assert.Contains(refusal.Kind, allowed);
            Assert.StartsWith($"'{refusal.Path}'", refusal.Message, StringComparison.Ordinal);
            Assert.Equal(Path.GetDirectoryName(path), Path.GetDirectoryName(refusal.Path));
        }
        else
        {
            Assert.NotEqual("error", expect);
            if (file.TryGetProperty("root", out JsonElement root))
            {
                using StateDict weights = StateDict.Open(path);
                Comparison comparison = new(
                    file.GetProperty("tensors"),
                    isTorch: !file.GetProperty("format").GetString()!.StartsWith("safetensors", StringComparison.Ordinal));
                comparison.Check(root, weights.Root, "root");
                if (file.TryGetProperty("metadata", out JsonElement metadata))
                {
                    Assert.Equal(
                        metadata.EnumerateObject().ToDictionary(text => text.Name, text => text.Value.GetString()!), weights.Metadata);
                }
            }
        }
    }

    /// <summary>Opens a file and reads all it holds; the refusal, or null. Any other exception fails the test.</summary>
    private static CheckpointException? Attempt(string path)
    {
        try
        {
            using StateDict weights = StateDict.Open(path);
            Visit(weights.Root);
            return null;
        }
        catch (CheckpointException exception)
        {
            return exception;
        }
    }

    private static void Visit(CheckpointValue value)
    {
        value.Tensor?.Read().Dispose();
        foreach (CheckpointValue item in value.Items)
        {
            Visit(item);
        }

        foreach ((_, CheckpointValue item) in value.Pairs)
        {
            Visit(item);
        }
    }

    private sealed class Comparison(JsonElement tensors, bool isTorch)
    {
        private readonly Dictionary<int, TensorStorage> _storages = [];

        public void Check(JsonElement expected, CheckpointValue found, string at)
        {
            JsonElement Value() => expected.GetProperty("v");
            switch (expected.GetProperty("t").GetString())
            {
                case "dict":
                    Assert.Equal(expected.GetProperty("class").GetString(), found.ClassName);
                    JsonElement[] pairs = [.. expected.GetProperty("items").EnumerateArray()];
                    Assert.Equal(pairs.Length, found.Pairs.Count);
                    for (int i = 0; i < pairs.Length; i++)
                    {
                        Check(pairs[i][0], found.Pairs[i].Key, $"{at} key {i}");
                        Check(pairs[i][1], found.Pairs[i].Value, $"{at}[{found.Pairs[i].Key}]");
                    }

                    break;
                case "list":
                    CheckItems(expected, found, CheckpointValueKind.List, at);
                    break;
                case "tuple":
                    CheckItems(expected, found, CheckpointValueKind.Tuple, at);
                    break;
                case "set":
                    Assert.Equal(CheckpointValueKind.Set, found.Kind);
                    Assert.Equal(
                        expected.GetProperty("items").EnumerateArray().Select(
                            item => item.GetProperty("v").GetString()).Order(StringComparer.Ordinal),
                        found.Items.Select(item => item.ToString()).Order(StringComparer.Ordinal));
                    break;
                case "size":
                    Assert.Equal(CheckpointValueKind.Size, found.Kind);
                    Assert.Equal(
                        Value().EnumerateArray().Select(size => new BigInteger(size.GetInt64())),
                        found.Items.Select(size => size.AsInteger()!.Value));
                    break;
                case "str":
                    Assert.Equal(Value().GetString(), found.AsString());
                    break;
                case "int":
                    Assert.Equal(BigInteger.Parse(Value().GetString()!, CultureInfo.InvariantCulture), found.AsInteger());
                    break;
                case "float":
                    double number = Value().ValueKind == JsonValueKind.Number ? Value().GetDouble() : Value().GetString() switch
                    {
                        "nan" => double.NaN,
                        "inf" => double.PositiveInfinity,
                        _ => double.NegativeInfinity,
                    };
                    Assert.Equal(CheckpointValueKind.Number, found.Kind);
                    Assert.Equal(number, found.AsDouble());
                    break;
                case "bool":
                    Assert.Equal(Value().GetBoolean(), found.AsBoolean());
                    break;
                case "none":
                    Assert.Equal(CheckpointValueKind.None, found.Kind);
                    break;
                case "bytes":
                    Assert.Equal(Value().GetString(), System.Convert.ToHexStringLower(found.AsBytes()!));
                    break;
                case "dtype":
                    Assert.Equal(Value().GetString(), PickleNames.Dtype(found.AsDtype()!.Value));
                    break;
                case "tensor":
                    CheckTensor(tensors[expected.GetProperty("i").GetInt32()], found.Tensor!, at);
                    break;
                default:
                    Assert.Fail($"The index has a value of an unknown type at {at}.");
                    break;
            }
        }

        private void CheckItems(JsonElement expected, CheckpointValue found, CheckpointValueKind kind, string at)
        {
            Assert.Equal(kind, found.Kind);
            JsonElement[] items = [.. expected.GetProperty("items").EnumerateArray()];
            Assert.Equal(items.Length, found.Items.Count);
            for (int i = 0; i < items.Length; i++)
            {
                Check(items[i], found.Items[i], $"{at}[{i}]");
            }
        }

        private void CheckTensor(JsonElement expected, TensorView found, string at)
        {
            Assert.Equal(expected.GetProperty("dtype").GetString(), PickleNames.Dtype(found.Dtype));
            Assert.Equal(Longs(expected, "shape"), found.Shape);
            Assert.Equal(expected.GetProperty("parameter").GetBoolean(), found.IsParameter);
            if (isTorch)
            {
                Assert.Equal(Longs(expected, "stride"), found.Strides);
                Assert.Equal(expected.GetProperty("offset").GetInt64(), found.StorageOffset);
                if (expected.GetProperty("storage") is { ValueKind: JsonValueKind.Number } storage)
                {
                    bool isShared = !_storages.TryAdd(storage.GetInt32(), found.Storage!);
                    Assert.True(!isShared || ReferenceEquals(_storages[storage.GetInt32()], found.Storage), $"{at} shares its storage");
                    Assert.Equal(_storages.Count, _storages.Values.Distinct(ReferenceEqualityComparer.Instance).Count());
                }
            }

            using Tensor tensor = found.Read();
            Assert.Equal(expected.GetProperty("fnv1a64").GetString(), Fnv1A64(tensor.bytes).ToString("x16", CultureInfo.InvariantCulture));
            bool isComplex = found.Dtype is ScalarType.ComplexFloat32 or ScalarType.ComplexFloat64;
            using Tensor doubles = (isComplex ? view_as_real(tensor) : tensor).to(ScalarType.Float64);
            double[] values = found.ElementCount == 0 ? [] : doubles.data<double>().ToArray();
            double[] wanted = [.. expected.GetProperty("values").EnumerateArray()
                .SelectMany(value => value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().ToArray() : [value]).Select(Double)];
            Assert.Equal(wanted, values[..wanted.Length]);
        }

        private static double Double(JsonElement value) => value.ValueKind == JsonValueKind.Number
            ? value.GetDouble()
            : double.Parse(value.GetString()!.Replace("inf", "Infinity", StringComparison.Ordinal), CultureInfo.InvariantCulture);

        private static long[] Longs(JsonElement element, string name) =>
            [.. element.GetProperty(name).EnumerateArray().Select(number => number.GetInt64())];

        private static ulong Fnv1A64(ReadOnlySpan<byte> bytes)
        {
            ulong hash = 0xCBF29CE484222325;
            foreach (byte item in bytes)
            {
                hash = unchecked((hash ^ item) * 0x100000001B3);
            }

            return hash;
        }
    }
}
