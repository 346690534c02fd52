using System.Text.Json;
using TorchSharp;

namespace TransferLearning.Tests;

/// <summary>
/// Networks that TensorFlow trained, MobileNets and Inception v3, on photos, against what PyTorch and TensorFlow.js gave for the same
/// files and pixels.
/// </summary>
public sealed class TensorFlowWeightsTests
{
    // Float32 sums of another order move the logits (up to 20) by 1e-5 or so; the goldens have six decimals.
    private const double Tolerance = 1e-4;

    [Theory]
    [InlineData("mobilenet_v2_imagenet.pth", "padding_right_bottom")]
    [InlineData("mobilenet_v2_imagenet.pth", "padding_symmetric")]
    [InlineData("mobilenet_v2_imagenet_f16.safetensors", "padding_right_bottom")]
    [InlineData("mobilenet_v2_imagenet_f16.safetensors", "padding_symmetric")]
    public void ImageNet_logits_equal_the_golden(string file, string padding)
    {
        using JsonDocument golden = Golden("mobilenet_v2_imagenet_golden.json");
        ImagePreprocess preprocess = Preprocess(golden.RootElement.GetProperty("input"));
        using ImageNetwork network = ModelCatalog
            .Get("mobilenet_v2")
            .Build(new() { TensorFlowPadding = padding == "padding_right_bottom" });
        using (StateDict weights = StateDict.Open(SharedData.Path($"models/{file}")))
        {
            WeightLoadReport report = weights.LoadInto(network.State(), new LoadOptions { AllowUnexpected = false });
            Assert.Equal(1, report.Coverage);
        }

        network.eval();
        double largest = 0;
        JsonElement photos = golden.RootElement.GetProperty("files").GetProperty(file).GetProperty(padding).GetProperty("golden");
        foreach (JsonProperty photo in photos.EnumerateObject())
        {
            using DisposeScope scope = torch.NewDisposeScope();
            using IDisposable inference = torch.no_grad();
            torch.Tensor logits = network.call(Photo(photo.Name, preprocess));
            (torch.Tensor probabilities, torch.Tensor classes) = logits.softmax(1).topk(5);
            Assert.Equal(
                photo.Value.GetProperty("top5_classes").EnumerateArray().Select(item => item.GetInt64()), classes.data<long>().ToArray());
            largest = Math.Max(largest, Difference(photo.Value.GetProperty("logits_first_8"), logits));
            largest = Math.Max(largest, Difference(photo.Value.GetProperty("top5_probabilities"), probabilities));
        }

        Report($"{file}, {padding}", largest);
    }

    [Theory]
    [InlineData("mobilenet_v1_100_backbone", ".pth", "mobilenet_v1_12")]
    [InlineData("mobilenet_v1_100_backbone", ".safetensors", "mobilenet_v1_12")]
    [InlineData("mobilenet_v2_nsfwjs_f16", ".safetensors", "mobilenet_v2")]
    [InlineData("inception_v3_nsfwjs_f16", ".safetensors", "inception_v3")]
    public void Backbones_from_Keras_give_the_golden_features(string model, string extension, string architecture)
    {
        using JsonDocument golden = Golden("models_golden.json");
        JsonElement expected = golden.RootElement.GetProperty("models").GetProperty(model);
        ImagePreprocess preprocess = Preprocess(expected.GetProperty("input"));
        using StateDict weights = StateDict.Open(SharedData.Path($"models/{model}{extension}"));
        ModelVariant variant = ModelCatalog.Get(architecture);
        bool? auxiliaryHeads = variant.Options.Contains(nameof(NetworkOptions.AuxiliaryHeads)) ? false : null; // Keras has none
        (string Section, bool PadAsTensorFlow)[] sections = [("pytorch_file", true), ("pytorch_file_torchvision_padding", false)];
        int compared = 0;
        foreach ((string section, bool padAsTensorFlow) in sections)
        {
            if (!expected.TryGetProperty(section, out JsonElement photos))
            {
                continue;
            }

            using ImageNetwork network = variant.Build(new() { TensorFlowPadding = padAsTensorFlow, AuxiliaryHeads = auxiliaryHeads });
            weights.LoadInto(network.State(), new LoadOptions { OptionalPrefixes = [network.HeadNames[0]] });
            network.eval();
            double largest = 0;
            foreach (JsonProperty photo in photos.EnumerateObject())
            {
                using DisposeScope scope = torch.NewDisposeScope();
                using IDisposable inference = torch.no_grad();
                torch.Tensor features = network.ForwardFeatures(Photo(photo.Name, preprocess));
                Assert.Equal([1, network.FeatureCount], features.shape);
                largest = Math.Max(largest, Difference(photo.Value.GetProperty("pooled_first_8"), features));
                if (photo.Value.TryGetProperty("logits", out JsonElement logits))
                {
                    largest = Math.Max(largest, Difference(logits, KerasHead(weights, features)));
                }

                compared++;
            }

            Report($"{model}{extension}, {section}", largest);
        }

        Assert.True(compared > 0);
    }

    [Fact]
    public void MobileNetV1_equals_what_TensorFlow_gave()
    {
        using JsonDocument golden = Golden("models_golden.json");
        JsonElement expected = golden.RootElement.GetProperty("models").GetProperty("mobilenet_v1_100_backbone");
        ModelVariant variant = ModelCatalog.Get("mobilenet_v1_12");
        using ImageNetwork network = variant.Build(new() { TensorFlowPadding = true });
        using (StateDict weights = StateDict.Open(SharedData.Path("models/mobilenet_v1_100_backbone.safetensors")))
        {
            weights.LoadInto(network.State(), new LoadOptions { OptionalPrefixes = ["classifier"] });
        }

        network.eval();
        foreach (JsonProperty photo in expected.GetProperty("tensorflow_js").EnumerateObject())
        {
            using DisposeScope scope = torch.NewDisposeScope();
            using IDisposable inference = torch.no_grad();
            torch.Tensor images = Photo(photo.Name, variant.Preprocess with { Resize = 0 });
            torch.Tensor map = network.ForwardMap(images);
            Assert.Equal([1, 1024, 7, 7], map.shape);
            Assert.InRange(Difference(photo.Value.GetProperty("pooled_first_8"), map.mean([2, 3])), 0, Tolerance);
            Assert.Equal(photo.Value.GetProperty("map_mean").GetDouble(), map.mean().item<float>(), Tolerance);
        }
    }

    // Linear, ReLU, Linear, ReLU, Linear, as the file's own names say.
    private static torch.Tensor KerasHead(StateDict weights, torch.Tensor features)
    {
        torch.Tensor x = features;
        foreach (string layer in (string[])["head.0", "head.2", "head.4"])
        {
            torch.Tensor input = layer == "head.0" ? x : x.relu();
            x = torch.nn.functional.linear(input, weights.Read($"{layer}.weight").to(torch.float32), weights.Read($"{layer}.bias"));
        }

        return x;
    }

    private static torch.Tensor Photo(string name, ImagePreprocess preprocess)
        => RealImages.Batch(name, File.ReadAllBytes(SharedData.Path($"golden/{name}_{preprocess.Crop}.png")), preprocess);

    private static ImagePreprocess Preprocess(JsonElement input)
        => RealImages.Scaled(
            input.GetProperty("size").GetInt32(), input.GetProperty("scale").GetDouble(), input.GetProperty("shift").GetDouble());

    private static JsonDocument Golden(string name) => JsonDocument.Parse(File.ReadAllText(SharedData.Path($"golden/{name}")));

    private static double Difference(JsonElement expected, torch.Tensor found)
    {
        double[] numbers = ParityModel.Numbers(expected);
        float[] values = found.flatten().data<float>().ToArray();
        return numbers.Zip(values, (number, value) => Math.Abs(number - value)).Max();
    }

    private static void Report(string what, double difference)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"{what}: largest difference {difference:G3}");
        Assert.InRange(difference, 0, Tolerance);
    }
}
