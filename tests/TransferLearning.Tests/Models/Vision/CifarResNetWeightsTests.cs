using System.IO.Compression;
using System.Text.Json;
using TorchSharp;

namespace TransferLearning.Tests;

/// <summary>The published CIFAR-10 checkpoints, in PyTorch's legacy form, on test images.</summary>
public sealed class CifarResNetWeightsTests
{
    private const double Tolerance = 1e-4;

    [Theory]
    [InlineData("resnet20-12fca82f.th")]
    [InlineData("resnet56-4bfd9763.th")]
    public void Logits_equal_the_golden(string file)
    {
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllText(SharedData.Path("models/cifar_resnet_golden.json")));
        JsonElement expected = golden.RootElement.GetProperty("models").GetProperty(file);
        ModelVariant variant = ModelCatalog.Get(file[..file.IndexOf('-', StringComparison.Ordinal)]);
        using ImageNetwork network = variant.Build();
        using (StateDict weights = StateDict.Open(SharedData.Path($"models/{file}")))
        {
            weights.LoadInto(network.State(), new LoadOptions { AllowUnexpected = false });
        }

        network.eval();
        Assert.Equal(expected.GetProperty("parameters").GetInt64(), network.parameters().Sum(parameter => parameter.numel()));
        using ZipArchive images = ZipFile.OpenRead(SharedData.Path("cifar10/test.zip"));
        double largest = 0;
        foreach (JsonProperty image in expected.GetProperty("logits").EnumerateObject())
        {
            using DisposeScope scope = torch.NewDisposeScope();
            using IDisposable inference = torch.no_grad();
            using MemoryStream bytes = new();
            using (Stream entry = images.GetEntry(image.Name)!.Open())
            {
                entry.CopyTo(bytes);
            }

            torch.Tensor logits = network.call(RealImages.Batch(image.Name, bytes.ToArray(), variant.Preprocess));
            double[] numbers = ParityModel.Numbers(image.Value);
            Assert.Equal([1, numbers.Length], logits.shape);
            largest = Math.Max(largest, numbers.Zip(logits.data<float>().ToArray(), (number, value) => Math.Abs(number - value)).Max());
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{file}: largest difference {largest:G3}");
        Assert.InRange(largest, 0, Tolerance);
    }
}
