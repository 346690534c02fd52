using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

public sealed class Conv2dTests
{
    [Theory]
    [InlineData(4, 4, 16, 3, 1)] // the map is larger
    [InlineData(16, 32, 2, 3, 1)] // the filters are, by far
    [InlineData(16, 32, 2, 3, 2)] // and are cut to what meets the map
    [InlineData(16, 32, 1, 3, 1)]
    public void A_map_with_the_channels_last_gives_the_same_and_keeps_its_layout(int inputs, int outputs, int size, int kernel, int stride)
    {
        using DisposeScope scope = NewDisposeScope();
        using Generator generator = new(7);
        Conv2d layer = new(inputs, outputs, kernel, stride, kernel / 2, bias: true);
        using (no_grad())
        {
            layer.Weight.copy_(randn(layer.Weight.shape, generator: generator));
            layer.Bias!.copy_(randn(outputs, generator: generator));
        }

        Tensor images = randn([3, inputs, size, size], generator: generator);
        (Tensor plain, Tensor plainImages, Tensor plainWeight) = Run(images);
        (Tensor last, Tensor lastImages, Tensor lastWeight) = Run(MemoryLayout.WithChannelsLast(images));

        Assert.Equal(1, last.stride(1));
        Assert.True(layer.Weight.is_contiguous());
        Assert.True(allclose(plain, last, rtol: 1e-4, atol: 1e-4));
        Assert.True(allclose(plainImages, lastImages, rtol: 1e-4, atol: 1e-3));
        Assert.True(allclose(plainWeight, lastWeight, rtol: 1e-4, atol: 1e-3));

        (Tensor Output, Tensor OfImages, Tensor OfWeight) Run(Tensor input)
        {
            layer.Weight.grad = null;
            Tensor entering = input.detach().requires_grad_();
            Tensor output = layer.call(entering);
            output.square().sum().backward();
            return (output, entering.grad!, layer.Weight.grad!.clone());
        }
    }
}
