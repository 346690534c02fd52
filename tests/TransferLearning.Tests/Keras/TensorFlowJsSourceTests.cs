using System.Buffers.Binary;
using System.Text.Json;
using TorchSharp;
using TransferLearning.Keras;

namespace TransferLearning.Tests;

public sealed class TensorFlowJsSourceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tfjs").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Reads_plain_and_quantised_numbers_across_shards()
    {
        byte[] bytes = new byte[8 + 3 + 4 + 4];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, 1.5f);
        BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(4), -2);
        (bytes[8], bytes[9], bytes[10]) = (0, 1, 255);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(11), 65535);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(13), 1);
        BinaryPrimitives.WriteHalfLittleEndian(bytes.AsSpan(15), (Half)0.25f);
        BinaryPrimitives.WriteHalfLittleEndian(bytes.AsSpan(17), (Half)(-3));
        string path = Write(
            bytes,
            5,
            new { name = "a/bias", shape = new[] { 2 }, dtype = "float32" },
            new
            {
                name = "b/bias",
                shape = new[] { 3 },
                dtype = "float32",
                quantization = new { dtype = "uint8", scale = 0.1, min = -1.0 },
            },
            new
            {
                name = "c/bias",
                shape = new[] { 2 },
                dtype = "float32",
                quantization = new { dtype = "uint16", scale = 0.001, min = 2.0 },
            },
            new { name = "d/bias", shape = new[] { 2 }, dtype = "float32", quantization = new { dtype = "float16" } });

        using KerasSource source = KerasSource.Open(path);

        Assert.Equal([1.5f, -2], Read(source, "a"));
        Assert.Equal([-1, (float)((1 * 0.1) - 1.0), (float)((255 * 0.1) - 1.0)], Read(source, "b"));
        Assert.Equal([(float)((65535 * 0.001) + 2.0), (float)((1 * 0.001) + 2.0)], Read(source, "c"));
        Assert.Equal([0.25f, -3], Read(source, "d"));
    }

    [Theory]
    [InlineData("../outside", CheckpointErrorKind.PathTraversal)]
    [InlineData("/etc/hostname", CheckpointErrorKind.PathTraversal)]
    [InlineData("..", CheckpointErrorKind.PathTraversal)]
    [InlineData("absent", CheckpointErrorKind.MissingShard)]
    public void Shards_stay_in_the_folder(string shard, CheckpointErrorKind kind)
    {
        string path = Write([0, 0, 0, 0], 4, new { name = "a/bias", shape = new[] { 1 }, dtype = "float32" });
        File.WriteAllText(path, File.ReadAllText(path).Replace("\"shard0\"", $"\"{shard}\"", StringComparison.Ordinal));

        CheckpointException exception = Assert.Throws<CheckpointException>(() => KerasSource.Open(path));

        Assert.Equal(kind, exception.Kind);
    }

    [Theory]
    [InlineData(2, CheckpointErrorKind.Truncated)]
    [InlineData(0, CheckpointErrorKind.BadOffsets)]
    [InlineData(-1, CheckpointErrorKind.BadGeometry)]
    [InlineData(2147483647, CheckpointErrorKind.Truncated)]
    public void Sizes_agree_with_the_files(int size, CheckpointErrorKind kind)
    {
        string path = Write([0, 0, 0, 0], 4, new { name = "a/bias", shape = new[] { size }, dtype = "float32" });

        Assert.Equal(kind, Assert.Throws<CheckpointException>(() => KerasSource.Open(path)).Kind);
    }

    [Theory]
    [InlineData("{", CheckpointErrorKind.BadHeader)]
    [InlineData("{}", CheckpointErrorKind.BadHeader)]
    [InlineData("{\"modelTopology\": {\"node\": []}, \"weightsManifest\": []}", CheckpointErrorKind.NotACheckpoint)]
    [InlineData("{\"modelTopology\": {\"config\": {\"layers\": []}}, \"weightsManifest\": [{\"paths\": [1], \"weights\": []}]}",
        CheckpointErrorKind.BadHeader)]
    [InlineData("weights", CheckpointErrorKind.NotACheckpoint)]
    [InlineData("", CheckpointErrorKind.NotACheckpoint)]
    public void Refuses_what_is_no_layers_model(string text, CheckpointErrorKind kind)
    {
        string path = Path.Combine(_folder, "model.json");
        File.WriteAllText(path, text);

        Assert.Equal(kind, Assert.Throws<CheckpointException>(() => KerasSource.Open(path)).Kind);
    }

    [Fact]
    public void A_dense_layer_after_a_map_sees_channels_outermost()
    {
        // One number for each place of a map of 2x2 with 3 channels, laid out as Keras does, and its layer that passes them on.
        byte[] bytes = new byte[12 * 4];
        for (int i = 0; i < 12; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(4 * i), i);
        }

        using KerasSource source = KerasSource.Open(
            Write(bytes, 48, new { name = "fc1/kernel", shape = new[] { 12, 1 }, dtype = "float32" }));
        using KerasConversion conversion = new(source);

        conversion.AddDense(source.Find("fc1")!, "classifier.0", (2, 2, 3));

        using torch.Tensor weight = conversion.State["classifier.0.weight"].contiguous();
        Assert.Equal([0f, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11], NativeFloats.Of(weight).ToArray());
    }

    private static float[] Read(KerasSource source, string layer)
    {
        Assert.True(source.Find(layer)!.TryGet(KerasRole.Bias, out KerasWeight? weight));
        using torch.Tensor tensor = weight.Read();
        return NativeFloats.Of(tensor).ToArray();
    }

    private string Write(byte[] bytes, int shardBytes, params object[] weights)
    {
        List<string> paths = [];
        for (int start = 0; start < bytes.Length; start += shardBytes)
        {
            string shard = $"shard{paths.Count}";
            File.WriteAllBytes(Path.Combine(_folder, shard), bytes[start..Math.Min(start + shardBytes, bytes.Length)]);
            paths.Add(shard);
        }

        string path = Path.Combine(_folder, "model.json");
        File.WriteAllText(path, JsonSerializer.Serialize(new
        {
            modelTopology = new { model_config = new { class_name = "Model", config = new { layers = Array.Empty<object>() } } },
            weightsManifest = new[] { new { paths, weights } },
        }));
        return path;
    }
}
