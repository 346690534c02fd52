using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

public sealed class GradientCheckpointingTests
{
    public static TheoryData<string> Forms => TinyNetworks.EachFormLargeOnesSlow;

    [Theory]
    [MemberData(nameof(Forms))]
    public void Gradients_and_statistics_are_those_of_plain_training(string architecture)
    {
        using DisposeScope scope = NewDisposeScope();
        (float[][] plain, float[] plainState, _) = Pass(architecture, recomputes: false);
        (float[][] repeated, float[] repeatedState, int parts) = Pass(architecture, recomputes: true);
        Assert.Equal(plainState, repeatedState);

        // Bit for bit in all networks but Swin, where the gradients of shared position biases are summed in another order.
        double scale = architecture.StartsWith("swin", StringComparison.Ordinal) ? 1e-6 * plain.Max(gradient => gradient.Max(Math.Abs)) : 0;
        Assert.Equal(plain.Select(gradient => gradient.Length), repeated.Select(gradient => gradient.Length));
        Assert.Equal(0, plain.Zip(repeated).Sum(pair => Apart(pair.First, pair.Second)));

        // A VGG has 132 million of them, for which a loop is quick.
        int Apart(float[] expected, float[] found)
        {
            int count = 0;
            for (int i = 0; i < expected.Length; i++)
            {
                count += Math.Abs(expected[i] - found[i]) <= scale ? 0 : 1;
            }

            return count;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{architecture}: {parts} parts");
    }

    [Fact]
    public void Parts_that_share_an_input_each_add_to_its_gradient()
    {
        using DisposeScope scope = NewDisposeScope();
        using Linear layer = new(4, 4);
        layer.Weight.detach().copy_(eye(4));
        layer.Bias!.detach().zero_();
        Tensor shared = ones([2, 4], requires_grad: true);
        Tensor bias = shared.mul(3); // a piece of graph that both parts lead back to
        using TrainingPass pass = new(1, recomputes: true);
        Tensor first = TrainingPass.Run(layer, inputs => layer.call(inputs[0]) * inputs[1], bias, bias);
        Tensor second = TrainingPass.Run(layer, inputs => layer.call(inputs[0]) + inputs[1], first, bias);
        pass.Backward(second.sum());
        Assert.Equal(2, pass.PartCount);
        // D(b² + b)/db = 2b + 1 at b = 3.
        Assert.All(shared.grad!.data<float>().ToArray(), gradient => Assert.Equal(3 * ((2 * 3) + 1), gradient));
    }

    [Fact]
    public void Less_is_remembered_between_forward_and_backward()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Memory is read from /proc.");
        long plain = Remembered(recomputes: false);
        long repeated = Remembered(recomputes: true);
        Assert.True(repeated < plain / 2, $"plain {plain >> 20} MiB, recomputing {repeated >> 20} MiB");

        // The numbers that the graph keeps alive: with glibc's allocator, what is in use grows by that.
        static long Remembered(bool recomputes)
        {
            using ImageNetwork network = ModelCatalog.Get("resnet56").Build(new NetworkOptions { Classes = 3 });
            network.Initialize(0);
            network.train();
            using Tensor images = randn(16, 3, 32, 32);
            using DisposeScope scope = NewDisposeScope();
            using TrainingPass pass = new(1, recomputes);
            long before = NativeHeap.BytesInUse();
            Tensor loss = network.call(images).sum();
            return NativeHeap.BytesInUse() - before;
        }
    }

    private static (float[][] Gradients, float[] State, int Parts) Pass(string architecture, bool recomputes)
    {
        using ImageNetwork network = TinyNetworks.BuildInitialized(architecture);
        using Tensor images = TinyNetworks.Images(architecture, 2);
        network.train();
        using TrainingPass pass = new(7, recomputes);
        using Tensor logits = network.call(images);
        using Tensor loss = logits.mul(logits).sum();
        pass.Backward(loss);
        return (
            [
                .. network
                    .parameters()
                    .Select(parameter => parameter.grad is { } gradient ? gradient.contiguous().data<float>().ToArray() : [])
            ],
            [.. network.named_buffers().SelectMany(entry => entry.buffer.to(ScalarType.Float32).contiguous().data<float>().ToArray())],
            pass.PartCount);
    }
}
