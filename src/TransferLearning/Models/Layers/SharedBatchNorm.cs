using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Layers;

/// <summary>
/// Batch normalisation over the batches of all processes as one. Forward and backward each sum two numbers for every channel, in float64.
/// </summary>
/// <remarks>The gradient is that of Ioffe and Szegedy (2015), with the means over all processes.</remarks>
internal static class SharedBatchNorm
{
    private static readonly long[] AllButChannels = [0, 2, 3];

    /// <summary>[N, C, H, W] to the same; the running statistics learn of the whole batch.</summary>
    public static Tensor Run(TrainingPass pass, Ranks ranks, Tensor input, BatchNorm2d norm, double momentum)
    {
        long channels = input.size(1);
        Tensor normed, scale, output;
        double count;
        using (no_grad())
        using (DisposeScope scope = NewDisposeScope())
        {
            Tensor exact = input.detach().to(ScalarType.Float64);
            Tensor own = Scalars.Full([1], (double)input.NumberOfElements / channels, ScalarType.Float64, input.device);
            Tensor sums = Sum(
                ranks, cat([exact.sum(AllButChannels), exact.mul(exact).sum(AllButChannels), own]), input.device);
            count = sums[2 * channels].item<double>();
            Tensor mean = sums.narrow(0, 0, channels).Multiply(1 / count);
            Tensor variance = sums.narrow(0, channels, channels).Multiply(1 / count).sub(mean.mul(mean)).ClampMin(0);
            Tensor share = Scalars.Full([], momentum, ScalarType.Float32, input.device);
            norm.RunningMean.lerp_(mean.to(ScalarType.Float32), share);
            norm.RunningVariance.lerp_(variance.Multiply(count / Math.Max(count - 1, 1)).to(ScalarType.Float32), share);
            Tensor inverse = variance.Add(norm.Epsilon).rsqrt().to(ScalarType.Float32);
            normed = Column(inverse).mul(input.detach().sub(Column(mean.to(ScalarType.Float32)))).MoveToOuterDisposeScope();
            scale = inverse.mul(norm.Weight.detach()).MoveToOuterDisposeScope();
            output = normed.mul(Column(norm.Weight.detach())).Add(Column(norm.Bias.detach())).MoveToOuterDisposeScope();
        }

        using (output)
        {
            return pass.Cut(input, output, gradient => Backward(gradient), normed, scale);
        }

        Tensor Backward(Tensor gradient)
        {
            Tensor bias = gradient.sum(AllButChannels), weight = gradient.mul(normed).sum(AllButChannels);
            Accumulate(norm.Bias, bias);
            Accumulate(norm.Weight, weight);
            Tensor sums = Sum(ranks, cat([bias, weight]).to(ScalarType.Float64), gradient.device);
            Tensor means = sums.Multiply(1 / count).to(ScalarType.Float32);
            Tensor rest = Column(means.narrow(0, 0, channels)).Add(normed.mul(Column(means.narrow(0, channels, channels))));
            return Column(scale).mul(gradient.sub(rest));
        }
    }

    private static Tensor Column(Tensor channels) => channels.view([1, -1, 1, 1]);

    private static Tensor Sum(Ranks ranks, Tensor numbers, torch.Device device)
    {
        double[] values = [.. numbers.cpu().data<double>()];
        ranks.Collective.AllReduce(values.AsSpan());
        return tensor(values, ScalarType.Float64, device);
    }

    private static void Accumulate(Tensor parameter, Tensor gradient)
    {
        if (parameter.requires_grad)
        {
            using Tensor? before = parameter.grad;
            parameter.grad = before is null ? gradient : before.Add(gradient);
        }
    }
}
