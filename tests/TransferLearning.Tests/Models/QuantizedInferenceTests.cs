using TorchSharp;

namespace TransferLearning.Tests;

/// <summary>Frozen networks in whole numbers of 8 bits give nearly the same features, and float32 answers where they do not.</summary>
public sealed class QuantizedInferenceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("resnet18", 64)]
    [InlineData("resnet50", 64)]
    [InlineData("squeezenet1_1", 64)]
    [InlineData("vgg11_bn", 32)]
    [InlineData("vit_b_32", 32)]
    public void Features_of_images_lie_within_some_per_cent_of_float32(string architecture, int side)
    {
        RequireInt8();
        NetworkOptions options = new() { ImageSize = architecture == "vit_b_32" ? side : null };
        using ImageModel model = TransferModel.Create(architecture, 3, seed: 1, options: options);
        model.Module.eval();
        using IDisposable guard = torch.no_grad();
        using torch.Generator generator = new(1);
        using torch.Tensor images = torch.randn([8, 3, side, side], generator: generator);
        using torch.Tensor plain = model.Module.ForwardFeatures(images);
        LinesLogger log = new();
        using OptimizedInference form = new(model.Module, Device.Cpu, Precision.Int8, log);
        using torch.Tensor first = form.ForwardFeatures(images);
        using torch.Tensor second = form.ForwardFeatures(images);
        Assert.Equal(Precision.Int8, form.Precision);
        Assert.InRange(OptimizedInference.Difference(plain, second), 1e-5, OptimizedInference.Int8Tolerance);
        Assert.Equal(first.data<float>().ToArray(), second.data<float>().ToArray());
        Assert.Contains(log.Lines, line => line.Contains("runs in int8", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("layer1")] // the stem's result is whole numbers on its way
    [InlineData("layer3")]
    public void What_enters_a_stage_is_float32(string stage)
    {
        RequireInt8();
        using ImageModel model = TransferModel.Create("resnet18", 3, seed: 1);
        model.Module.eval();
        using IDisposable guard = torch.no_grad();
        using torch.Generator generator = new(1);
        using torch.Tensor images = torch.randn([8, 3, 64, 64], generator: generator);
        using OptimizedInference plain = new(model.Module, Device.Cpu), form = new(model.Module, Device.Cpu, Precision.Int8);
        using torch.Tensor exact = plain.ForwardBefore(stage, images);
        for (int pass = 0; pass < 2; pass++)
        {
            using torch.Tensor map = form.ForwardBefore(stage, images);
            Assert.Equal(Precision.Int8, form.Precision);
            Assert.Equal(torch.ScalarType.Float32, map.dtype);
            Assert.InRange(OptimizedInference.Difference(exact, map), 1e-5, OptimizedInference.Int8Tolerance);
        }
    }

    [Fact]
    public void Float32_answers_where_whole_numbers_are_too_far_off()
    {
        RequireInt8();
        using ImageModel model = TransferModel.Create("mobilenet_v1", 3, seed: 1); // random weights, and 27 layers that cut off at 6
        model.Module.eval();
        using IDisposable guard = torch.no_grad();
        using torch.Generator generator = new(1);
        using torch.Tensor images = torch.randn([8, 3, 64, 64], generator: generator);
        using torch.Tensor plain = model.Module.ForwardFeatures(images);
        LinesLogger log = new();
        using OptimizedInference form = new(model.Module, Device.Cpu, Precision.Int8, log);
        using torch.Tensor answer = form.ForwardFeatures(images);
        Assert.Equal(Precision.Float32, form.Precision);
        Assert.InRange(OptimizedInference.Difference(plain, answer), 0, OptimizedInference.Float32Tolerance);
        Assert.Contains(log.Lines, line => line.Contains("Int8 is not used", StringComparison.Ordinal));
    }

    [Fact]
    public void Features_of_texts_do_too()
    {
        RequireInt8();
        using TextModel model = TinyText.Wide(_folder.Path);
        using Dataset data = TinyText.Opinions(20);
        using FeatureSet exact = model.ExtractFeatures(data);
        using FeatureSet whole = model.ExtractFeatures(data, new FeatureOptions { Precision = Precision.Int8, BatchSize = 7 });
        Assert.InRange(OptimizedInference.Difference(exact.Features, whole.Features), 1e-5, OptimizedInference.Int8Tolerance);
    }

    [Fact]
    public void A_convolution_of_whole_numbers_equals_its_definition()
    {
        RequireInt8();
        using IDisposable guard = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        using Conv2d convolution = new(5, 7, 3, stride: 2, padding: 1, bias: true);
        using torch.Generator generator = new(3);
        LayerInitializers.Normal(convolution, 0.2, generator);
        convolution.Bias!.fill_(0.25);
        torch.Tensor input = torch.randn([2, 5, 9, 8], generator: generator).clamp(-2, 2), addend = torch.randn([2, 7, 5, 4]);
        QuantizedRange range = QuantizedRange.Of(-2, 2), output = QuantizedRange.Of(0, 3);
        using QuantizedConvolution layer = new(convolution, null, input, range, output);

        torch.Tensor rounded = range.Undo(input.div(range.Scale).add(range.Zero).round().clamp(0, 255));
        QuantizedWeights weights = QuantizedWeights.Of(convolution.Weight);
        torch.Tensor filters = weights.Whole.to(torch.ScalarType.Float32).mul(weights.Scales.view(-1, 1, 1, 1));
        torch.Tensor expected = torch.nn.functional.conv2d(rounded, filters, convolution.Bias, [2, 2], [1, 1]);
        AssertClose(expected.relu(), layer.Run(input, PointwiseFunction.Relu, null, givesWhole: false).Result, 1e-5);
        AssertClose(expected.add(addend).relu(), layer.Run(input, PointwiseFunction.Relu, addend.clone(), givesWhole: false).Result, 1e-5);
        AssertClose(
            torch.nn.functional.silu(expected.add(addend)),
            layer.Run(input, PointwiseFunction.Silu, addend.clone(), givesWhole: false).Result,
            1e-5);
        (torch.Tensor whole, QuantizedRange? given) = layer.Run(input, PointwiseFunction.Relu, null, givesWhole: true);
        Assert.Equal((torch.ScalarType.Byte, output), (whole.dtype, given));
        AssertClose(expected.relu().clamp(0, 3), output.Undo(whole), output.Scale * 0.51);
    }

    [Fact]
    public void Training_in_whole_numbers_is_refused_but_a_probe_on_them_learns()
    {
        using Dataset noise = NoiseImages.Of(12);
        using ImageModel model = TransferModel.Create("resnet20", 3, seed: 1);
        FineTuneOptions options = new() { Epochs = 2, BatchSize = 4, Precision = Precision.Int8 };
        Assert.Contains(
            "FreezeBackbone",
            Assert.Throws<ArgumentException>(() => model.FineTune(noise, new Sgd(0.01), options)).Message,
            StringComparison.Ordinal);
        Assert.Equal(2, model.Probe(noise, new Sgd(0.01), options).Epochs.Count);
    }

    private static void AssertClose(torch.Tensor expected, torch.Tensor actual, double tolerance)
        => Assert.InRange(expected.sub(actual).abs().max().item<float>(), 0, tolerance);

    private static void RequireInt8() => Assert.SkipUnless(
        OptimizedInference.PrecisionOn(Device.Cpu, Precision.Int8) == Precision.Int8, "This processor has no VNNI.");
}
