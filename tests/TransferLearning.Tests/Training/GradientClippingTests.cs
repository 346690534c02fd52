using TorchSharp;

namespace TransferLearning.Tests;

public sealed class GradientClippingTests
{
    [Fact]
    public void Measures_and_scales_all_gradients_together()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor[] parameters = [WithGradient(3, 0), WithGradient(0, 4), torch.zeros(2).requires_grad_()];
        Assert.Equal(5, new ClipByNorm(1).Apply(parameters));
        Assert.Equal(0.6f, parameters[0].grad![0].item<float>(), 1e-5f);
        Assert.Equal(0.8f, parameters[1].grad![1].item<float>(), 1e-5f);
        Assert.Null(parameters[2].grad);
    }

    [Fact]
    public void Leaves_small_gradients_as_they_are()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor parameter = WithGradient(0.1f, -0.3f);
        new ClipByNorm(1).Apply([parameter]);
        new ClipByValue(1).Apply([parameter]);
        Assert.Equal([0.1f, -0.3f], parameter.grad!.data<float>().ToArray());
    }

    [Fact]
    public void Knows_the_largest_magnitude_as_a_norm()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor parameter = WithGradient(2, -8);
        Assert.Equal(8, new ClipByNorm(4, double.PositiveInfinity).Apply([parameter]));
        Assert.Equal(-4, parameter.grad![1].item<float>(), 1e-5f);
    }

    [Fact]
    public void Reports_a_norm_that_is_no_number()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor parameter = WithGradient(float.NaN, 1);
        Assert.True(double.IsNaN(new ClipByNorm(1).Apply([parameter])!.Value));
        Assert.True(float.IsNaN(parameter.grad![1].item<float>()));
    }

    [Fact]
    public void Leaves_no_tensor_behind()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor[] parameters = [WithGradient(3, 0), WithGradient(0, 4)];
        long before = LibTorch.LiveTensorCount;
        new ClipByNorm(1).Apply(parameters);
        new ClipByValue(0.1).Apply(parameters);
        Assert.Equal(before, LibTorch.LiveTensorCount);
    }

    private static torch.Tensor WithGradient(float first, float second)
    {
        torch.Tensor parameter = torch.zeros(2).requires_grad_();
        (parameter * torch.tensor(new[] { first, second })).sum().backward();
        return parameter;
    }
}
