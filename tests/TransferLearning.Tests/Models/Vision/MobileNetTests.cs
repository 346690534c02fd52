using TorchSharp;

namespace TransferLearning.Tests;

public sealed class MobileNetTests
{
    [Fact]
    public void The_first_version_has_the_names_and_shapes_of_its_ports()
    {
        using ImageNetwork network = ModelCatalog.Get("mobilenet_v1").Build();
        Dictionary<string, long[]> shapes = network.State().ToDictionary(entry => entry.Key, entry => entry.Value.shape);
        Assert.Equal([32, 3, 3, 3], shapes["conv_stem.weight"]);
        Assert.Equal([32, 1, 3, 3], shapes["blocks.0.conv_dw.weight"]);
        Assert.Equal([64, 32, 1, 1], shapes["blocks.0.conv_pw.weight"]);
        Assert.Equal([1024, 1024, 1, 1], shapes["blocks.12.conv_pw.weight"]);
        Assert.Equal([1024], shapes["blocks.12.bn2.running_var"]);
        Assert.Equal([1000, 1024], shapes["classifier.weight"]);
        Assert.DoesNotContain("blocks.13.conv_dw.weight", shapes.Keys);

        // The paper's 4.2 million.
        Assert.Equal(4_231_976, network.parameters().Sum(parameter => parameter.numel()));
    }

    [Fact]
    public void The_short_first_version_is_the_whole_one_without_its_last_block()
    {
        using ImageNetwork whole = ModelCatalog.Get("mobilenet_v1").Build();
        using ImageNetwork shorter = ModelCatalog.Get("mobilenet_v1_12").Build();
        Assert.Equal(
            whole.State().Select(entry => entry.Key).Where(name => !name.StartsWith("blocks.12.", StringComparison.Ordinal)),
            shorter.State().Select(entry => entry.Key));
        Assert.Equal(whole.FeatureCount, shorter.FeatureCount);
    }

    [Theory]
    [InlineData("mobilenet_v1")]
    [InlineData("mobilenet_v2")]
    [InlineData("mobilenet_v3_small")]
    [InlineData("mnasnet0_5")]
    [InlineData("efficientnet_b0")]
    public void The_padding_of_TensorFlow_and_an_epsilon_change_the_features_but_not_their_shape(string architecture)
    {
        ModelVariant variant = ModelCatalog.Get(architecture);
        using torch.Tensor images = torch.linspace(-1, 1, 3 * 64 * 96).view(1, 3, 64, 96);
        using torch.Tensor plain = Map(new());
        using torch.Tensor padded = Map(new() { TensorFlowPadding = true });
        using torch.Tensor softened = Map(new() { BatchNormEpsilon = 0.5 });
        Assert.Equal([1, 2, 3], new[] { plain.shape[0], plain.shape[2], plain.shape[3] });
        Assert.Equal(plain.shape, padded.shape);
        Assert.True(Change(padded) > 0.01, $"padding changes {Change(padded)}");
        Assert.True(Change(softened) > 0.01, $"epsilon changes {Change(softened)}");

        // A fresh network's signal is small, so the change is given as a share of it.
        double Change(torch.Tensor other) => ((other - plain).norm() / plain.norm()).item<float>();

        torch.Tensor Map(NetworkOptions options)
        {
            using IDisposable inference = torch.no_grad();
            using ImageNetwork network = variant.Build(options);
            network.Initialize(7);
            network.eval();
            return network.ForwardMap(images);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Refuses_a_width_that_is_none(double width)
    {
        foreach (string architecture in (string[])["mobilenet_v1", "mobilenet_v2", "mobilenet_v3_large", "mnasnet1_0"])
        {
            ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(
                () => ModelCatalog.Get(architecture).Build(new() { WidthMultiplier = width }));
            Assert.Contains(nameof(NetworkOptions.WidthMultiplier), error.Message, StringComparison.Ordinal);
        }
    }
}
