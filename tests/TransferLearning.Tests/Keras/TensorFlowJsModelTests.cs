using System.Text.Json;
using TorchSharp;
using TransferLearning.Keras;

namespace TransferLearning.Tests;

/// <summary>Published TensorFlow.js models against what TensorFlow.js itself computes from them.</summary>
public sealed class TensorFlowJsModelTests(NsfwJsPackage package) : IClassFixture<NsfwJsPackage>
{
    // The goldens are rounded to six digits after the point.
    private const double PooledTolerance = 1e-6;
    private const double ProbabilityTolerance = 1e-6;

    [Theory]
    [InlineData("mobilenet_v2", "mobilenet_v2", "mobilenet_v2_nsfwjs_f16")]
    [InlineData("inception_v3", "inception_v3", "inception_v3_nsfwjs_f16")]
    public void A_published_model_gives_what_TensorFlow_js_computes(string folder, string architecture, string entry)
    {
        using JsonDocument goldens = JsonDocument.Parse(File.ReadAllText(SharedData.Path("golden/models_golden.json")));
        JsonElement golden = goldens.RootElement.GetProperty("models").GetProperty(entry);
        int size = golden.GetProperty("input").GetProperty("size").GetInt32();
        using ImageModel model = KerasPretrained.Load(architecture, package.Model(folder), new()
        {
            Preprocess = new(0, size, new(0, 0, 0), new(1, 1, 1)),
        });
        Assert.Equal(1, model.LoadReport!.Coverage);
        Assert.Empty(model.LoadReport.Unexpected);
        Assert.Equal(goldens.RootElement.GetProperty("nsfw_classes").GetArrayLength(), model.Classes);

        foreach (JsonProperty photo in golden.GetProperty("tensorflow_js").EnumerateObject())
        {
            using torch.Tensor input = Photo(SharedData.Path($"golden/{photo.Name}_{size}.png"));
            using IDisposable noGradient = torch.no_grad();
            using torch.Tensor features = model.Module.ForwardFeatures(input);
            using torch.Tensor map = model.Module.ForwardMap(input);
            using torch.Tensor logits = model.Module.call(input);
            using torch.Tensor softmax = logits.softmax(1);
            using torch.Tensor mean = map.mean();
            AssertClose(photo, "pooled_first_8", features, PooledTolerance);
            AssertClose(photo, "softmax", softmax, ProbabilityTolerance);
            double difference = Math.Abs(mean.item<float>() - photo.Value.GetProperty("map_mean").GetDouble());
            Assert.True(difference < PooledTolerance, $"{photo.Name}: the map's mean differs by {difference:g3}");
        }
    }

    [Fact]
    public void A_graph_model_is_refused_with_the_remedy()
    {
        CheckpointException error = Assert.Throws<CheckpointException>(
            () => KerasPretrained.MobileNetV2(package.Model("mobilenet_v2_mid")));
        Assert.Contains("tensorflowjs_converter", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_head_of_several_layers_outlives_saving()
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("tfjs").FullName, "model.safetensors");
        try
        {
            using ImageModel model = KerasPretrained.MobileNetV2(package.Model("mobilenet_v2"));
            model.Save(path);
            using ImageModel again = ImageModel.Load(path);
            using torch.Tensor input = torch.linspace(-1, 1, 3 * 64 * 64).view(1, 3, 64, 64);
            using torch.Tensor first = model.Module.call(input);
            using torch.Tensor second = again.Module.call(input);
            Assert.Equal(NativeFloats.Of(first).ToArray(), NativeFloats.Of(second).ToArray());
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        }
    }

    private static torch.Tensor Photo(string path)
    {
        using ImagePixels image = new SkiaImageCodec().Decode(File.ReadAllBytes(path), path);
        float[] values = new float[3 * image.Width * image.Height];
        for (int i = 0; i < values.Length; i++)
        {
            (int channel, int place) = Math.DivRem(i, image.Width * image.Height);
            values[i] = image.Bytes[(ImagePixels.BytesPerPixel * place) + channel] / 255f;
        }

        return torch.tensor(values, [1, 3, image.Height, image.Width]);
    }

    private static void AssertClose(JsonProperty photo, string key, torch.Tensor actual, double tolerance)
    {
        using torch.Tensor flat = actual.flatten().contiguous();
        Span<float> values = NativeFloats.Of(flat);
        double largest = 0;
        int i = 0;
        foreach (JsonElement expected in photo.Value.GetProperty(key).EnumerateArray())
        {
            largest = Math.Max(largest, Math.Abs(values[i++] - expected.GetDouble()));
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{photo.Name} {key}: largest difference {largest:g3}");
        Assert.True(i > 0 && largest < tolerance, $"{photo.Name}: {key} differs by {largest:g3}");
    }
}
