using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

public sealed class WinogradConvolutionTests
{
    [Theory]
    [InlineData(2, 16, 32, 8, 8, 1)]
    [InlineData(3, 32, 48, 7, 10, 1)] // tiles that stand out, a panel of 16 outputs
    [InlineData(2, 48, 16, 6, 9, 0)] // without a border
    [InlineData(1, 16, 16, 5, 5, 2)]
    [InlineData(1, 16, 96, 1, 1, 1)]
    [InlineData(7, 144, 64, 28, 28, 1)] // several blocks of tiles
    public void Tiles_give_what_convolution_norm_sum_and_function_give(
        int images, int inputs, int outputs, int height, int width, int padding)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        using Generator generator = new(5);
        (Conv2d layer, BatchNorm2d norm) = Layer(inputs, outputs, padding, generator);
        Tensor maps = randn([images, inputs, height, width], generator: generator);
        Tensor plain = norm.call(layer.call(maps));
        Tensor addend = randn(plain.shape, generator: generator);
        using WinogradConvolution tiles = new(layer, norm);

        foreach (Tensor input in new[] { maps, MemoryLayout.WithChannelsLast(maps) })
        {
            AssertClose(plain, tiles.Run(input, null, null));
            AssertClose(plain.relu(), tiles.Run(input, PointwiseFunction.Relu, null));
            AssertClose(nn.functional.silu(plain), tiles.Run(input, PointwiseFunction.Silu, null));
            AssertClose((plain + addend).relu(), tiles.Run(input, PointwiseFunction.Relu, addend));
            AssertClose(nn.functional.gelu(plain + addend), tiles.Run(input, PointwiseFunction.Gelu, addend));
        }
    }

    [Fact]
    public void A_sum_whose_channels_come_last_is_written_into()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        using Generator generator = new(5);
        (Conv2d layer, BatchNorm2d norm) = Layer(16, 32, 1, generator);
        Tensor maps = randn([2, 16, 9, 9], generator: generator);
        Tensor addend = MemoryLayout.WithChannelsLast(randn([2, 32, 9, 9], generator: generator));
        Tensor plain = norm.call(layer.call(maps)) + addend;
        using WinogradConvolution tiles = new(layer, norm);

        Tensor result = tiles.Run(maps, null, addend);

        AssertClose(plain, result);
        Assert.Equal(1, result.stride(1));
        Assert.True(result.equal(addend).all().item<bool>());
    }

    [Fact]
    public void An_image_gets_the_same_bits_in_every_batch()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        using Generator generator = new(5);
        (Conv2d layer, BatchNorm2d norm) = Layer(128, 64, 1, generator);
        Tensor maps = randn([40, 128, 14, 14], generator: generator);
        using WinogradConvolution tiles = new(layer, norm);

        Tensor together = tiles.Run(maps, PointwiseFunction.Relu, null);

        foreach (long image in new long[] { 0, 17, 39 })
        {
            Tensor alone = tiles.Run(maps.narrow(0, image, 1), PointwiseFunction.Relu, null);
            Assert.True(alone.equal(together.narrow(0, image, 1)).all().item<bool>(), $"image {image}");
        }
    }

    [Theory]
    [InlineData(64, 64, 3, 1, 1, 1, 1, 16, 56, true)]
    [InlineData(512, 512, 3, 1, 1, 1, 1, 16, 7, true)]
    [InlineData(512, 512, 3, 1, 1, 1, 1, 1, 7, false)] // four tiles: turning the filters takes longer
    [InlineData(64, 64, 3, 1, 1, 1, 1, 100, 8, true)]
    [InlineData(64, 64, 3, 1, 1, 1, 1, 16, 8, false)] // too little work
    [InlineData(64, 64, 3, 2, 1, 1, 1, 16, 56, false)]
    [InlineData(64, 64, 3, 1, 2, 2, 1, 16, 56, false)]
    [InlineData(64, 64, 3, 1, 1, 1, 2, 16, 56, false)]
    [InlineData(64, 64, 1, 1, 0, 1, 1, 16, 56, false)]
    [InlineData(64, 64, 5, 1, 2, 1, 1, 16, 56, false)]
    [InlineData(3, 64, 3, 1, 1, 1, 1, 16, 56, false)] // not whole vectors
    [InlineData(64, 24, 3, 1, 1, 1, 1, 16, 56, false)]
    [InlineData(64, 64, 3, 1, 0, 1, 1, 16, 2, false)] // nothing comes out
    public void Layers_and_maps_are_chosen_that_save_multiplications(
        int inputs, int outputs, int kernel, int stride, int padding, int dilation, int groups, int images, int side, bool isChosen)
    {
        using DisposeScope scope = NewDisposeScope();
        Conv2d layer = new(inputs, outputs, kernel, stride, padding, dilation, groups);

        Assert.Equal(isChosen, WinogradConvolution.SavesMultiplications(layer, empty(images, inputs, side, side)));
    }

    [Fact]
    public void What_was_faster_is_remembered_and_nothing_is_measured_where_forms_are_not()
        => ManyRowProductsTests.AssertIsRemembered(
            WinogradConvolution.IsFasterHere, "3 x 3 filters over 64 channels of 56 x 56", "winograd", "direct");

    private static (Conv2d Layer, BatchNorm2d Norm) Layer(int inputs, int outputs, int padding, Generator generator)
    {
        Conv2d layer = new(inputs, outputs, 3, 1, padding);
        BatchNorm2d norm = new(outputs, 1e-3);
        layer.Weight.copy_(randn(layer.Weight.shape, generator: generator) / Math.Sqrt(inputs * 9));
        norm.Weight.copy_(randn(outputs, generator: generator));
        norm.Bias.copy_(randn(outputs, generator: generator));
        norm.RunningMean.copy_(randn(outputs, generator: generator));
        norm.RunningVariance.copy_(rand(outputs, generator: generator) + 0.5);
        norm.eval();
        return (layer, norm);
    }

    private static void AssertClose(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.InRange((expected - actual).norm().item<float>() / expected.norm().item<float>(), 0, 1e-5);
        Assert.True(allclose(expected, actual, rtol: 1e-3, atol: 1e-4));
    }
}
