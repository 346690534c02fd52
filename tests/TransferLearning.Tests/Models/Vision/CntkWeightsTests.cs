using System.Text.Json;
using TorchSharp;

namespace TransferLearning.Tests;

/// <summary>CNTK's ResNet-18, the network of ML.NET's image featurizer, on photos, against what ONNX Runtime and PyTorch gave.</summary>
public sealed class CntkWeightsTests
{
    [Fact]
    public void Features_of_photos_equal_the_golden()
    {
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllText(SharedData.Path("golden/resnet18_cntk_golden.json")));
        using ImageModel model = Pretrained.ResNet18Cntk(
            SharedData.Path("models/resnet18_cntk_imagenet_f16.safetensors"), new PretrainedOptions { AllowUntrainedHead = true });
        double[] mean = ParityModel.Numbers(golden.RootElement.GetProperty("mean"));
        ChannelValues own = model.Preprocess.Mean;
        Assert.Equal(mean, [own.Red, own.Green, own.Blue], (expected, found) => Math.Abs(expected - found) < 1e-6);
        int compared = 0;
        foreach (JsonProperty photo in golden.RootElement.GetProperty("photos").EnumerateObject())
        {
            using DisposeScope scope = torch.NewDisposeScope();
            using IDisposable inference = torch.no_grad();
            byte[] file = File.ReadAllBytes(SharedData.Path($"golden/{photo.Name}_224.png"));
            ImagePreprocess asItIs = model.Preprocess with { Resize = 0 };
            torch.Tensor features = model.Module.ForwardFeatures(RealImages.Batch(photo.Name, file, asItIs));
            float[] found = features.flatten().data<float>().ToArray();
            double[] expected = ParityModel.Numbers(photo.Value.GetProperty("file_float16_with_mean_per_channel_first16"));
            Assert.Equal(512, found.Length);
            Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
            Assert.Equal(photo.Value.GetProperty("file_norm").GetDouble(), features.norm().item<float>(), 1e-3);

            // The source subtracts a mean for each pixel, and its numbers are not rounded to float16.
            Assert.Equal(photo.Value.GetProperty("onnx_runtime_norm").GetDouble(), features.norm().item<float>(), 0.5);
            compared++;
        }

        Assert.Equal(3, compared);
    }
}
