using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

public sealed class FilterWindowTests
{
    [Theory]
    [InlineData(1, 3, 1, 1, 1, 1, 1)]
    [InlineData(1, 3, 2, 1, 1, 1, 1)]
    [InlineData(2, 3, 2, 1, 1, 1, 2)]
    [InlineData(2, 3, 1, 1, 1, 1, 3)] // all of it
    [InlineData(2, 5, 1, 2, 1, 1, 3)]
    [InlineData(1, 7, 2, 3, 1, 1, 1)]
    [InlineData(3, 3, 1, 6, 6, 1, 1)] // an atrous filter on a small map is its middle
    [InlineData(4, 3, 1, 2, 2, 1, 3)]
    [InlineData(1, 3, 1, 1, 1, 4, 1)] // each channel alone
    [InlineData(2, 4, 3, 1, 1, 1, 2)]
    [InlineData(8, 3, 1, 1, 1, 1, 3)]
    public void Results_and_gradients_are_those_of_the_whole_filter(
        int size, int kernel, int stride, int padding, int dilation, int groups, int rows)
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(7);
        Conv2d layer = new(4, 8, kernel, stride, padding, dilation, groups, bias: true);
        using (no_grad())
        {
            layer.Weight.copy_(randn(layer.Weight.shape, generator: generator));
            layer.Bias!.copy_(randn(8, generator: generator));
        }

        Tensor images = randn([3, 4, size, size], generator: generator);
        FilterWindow? window = FilterWindow.Of(layer.Weight, images, layer.Geometry);
        Assert.Equal(rows, window?.Height ?? kernel);
        Assert.Equal(rows, window?.Width ?? kernel);

        Tensor ours = images.clone().requires_grad_();
        layer.call(ours).square().sum().backward();
        Tensor theirs = images.clone().requires_grad_();
        Tensor weight = layer.Weight.detach().clone().requires_grad_();
        Tensor plain = nn.functional.conv2d(
            theirs, weight, layer.Bias!.detach(), [stride, stride], [padding, padding], [dilation, dilation], groups);
        plain.square().sum().backward();

        Assert.True(allclose(plain, layer.call(images), rtol: 1e-5, atol: 1e-5));
        Assert.True(allclose(theirs.grad!, ours.grad!, rtol: 1e-4, atol: 1e-4));
        Assert.True(allclose(weight.grad!, layer.Weight.grad!, rtol: 1e-4, atol: 1e-4));
    }

    [Theory]
    [InlineData(1, 3, 1, 1)]
    [InlineData(2, 3, 1, 1)]
    [InlineData(2, 3, 2, 1)]
    [InlineData(2, 5, 1, 2)]
    [InlineData(1, 7, 2, 3)]
    [InlineData(2, 2, 1, 0)]
    public void A_matrix_gives_what_convolution_norm_sum_and_function_give(int size, int kernel, int stride, int padding)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        using Generator generator = new(3);
        Conv2d layer = new(6, 8, kernel, stride, padding);
        BatchNorm2d norm = new(8, 1e-3);
        layer.Weight.copy_(randn(layer.Weight.shape, generator: generator));
        norm.Weight.copy_(randn(8, generator: generator));
        norm.Bias.copy_(randn(8, generator: generator));
        norm.RunningMean.copy_(randn(8, generator: generator));
        norm.RunningVariance.copy_(rand(8, generator: generator) + 0.5);
        norm.eval();
        Tensor images = randn([16, 6, size, size], generator: generator);
        Tensor plain = norm.call(layer.call(images));
        Tensor addend = randn(plain.shape, generator: generator);
        Assert.True(MatrixConvolution.Suits(layer, images));
        using MatrixConvolution matrix = new(layer, norm, images, ScalarType.Float32);

        foreach (Tensor input in new[] { images, MemoryLayout.WithChannelsLast(images) })
        {
            Assert.True(allclose(plain, matrix.Run(input, null, null), rtol: 1e-4, atol: 1e-4));
            Assert.True(allclose((plain + addend).relu(), matrix.Run(input, PointwiseFunction.Relu, addend), rtol: 1e-4, atol: 1e-4));
        }
    }

    [Fact]
    public void A_form_that_saw_small_maps_is_right_for_large_ones_too()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        using ImageModel model = TransferModel.Create("resnet18", classes: 3, seed: 2);
        model.Module.eval();
        using OptimizedInference form = new(model.Module, Device.Cpu);
        foreach (int side in new[] { 32, 96, 64, 32 })
        {
            Tensor images = randn(16, 3, side, side);
            Assert.True(allclose(model.Module.ForwardFeatures(images), form.ForwardFeatures(images), rtol: 1e-3, atol: 1e-4), $"{side} px");
        }
    }
}
