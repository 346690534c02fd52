using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>
/// A convolution with its batch normalisation folded into it: scale = weight / sqrt(variance + epsilon) multiplies the filters, and
/// what is left becomes the bias. The filters lie as the processor's kernels want them. It owns copies; the layers stay as they are.
/// </summary>
internal sealed class PackedConvolution : IDisposable
{
    private readonly ConvolutionGeometry _geometry;
    private readonly ScalarType _type;
    private readonly Tensor _bias;
    private readonly Tensor _weight;

    /// <param name="convolution">The convolution.</param>
    /// <param name="norm">What follows it, or null.</param>
    /// <param name="window">The part of the filters that inputs need, or null for all of it.</param>
    /// <param name="input">An input of the shape that the filters are laid out for; others with the same window are right too.</param>
    /// <param name="type">The number type of inputs and filters.</param>
    public PackedConvolution(Conv2d convolution, BatchNorm2d? norm, FilterWindow? window, Tensor input, ScalarType type)
    {
        using DisposeScope scope = NewDisposeScope();
        _geometry = window is { } part ? convolution.Geometry.In(part) : convolution.Geometry;
        _type = type;
        Tensor weight = window?.Cut(convolution.Weight.detach()) ?? convolution.Weight.detach();
        Tensor bias = convolution.Bias?.detach() ?? zeros(weight.size(0));
        if (norm is not null)
        {
            Tensor scale = norm.Weight.detach().to(float64) / (norm.RunningVariance.to(float64) + norm.Epsilon).sqrt();
            bias = (((bias.to(float64) - norm.RunningMean.to(float64)) * scale) + norm.Bias.detach().to(float64)).to(float32);
            weight = weight * scale.to(float32).view(-1, 1, 1, 1);
        }

        weight = weight.to(type);
        weight = OneDnnScript.IsAvailable ? OneDnnScript.Pack(weight.contiguous(), _geometry, input) : MemoryLayout.WithChannelsLast(weight.clone());
        _weight = weight.DetachFromDisposeScope();
        _bias = bias.to(type, copy: true).DetachFromDisposeScope();
    }

    /// <summary>function(convolution(input) + addend); the sum may be written into the addend. The caller disposes the result.</summary>
    public Tensor Run(Tensor input, PointwiseFunction? function, Tensor? addend)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = input.to(_type);
        x = x.stride(1) == 1 ? x : MemoryLayout.WithChannelsLast(x);
        if (!OneDnnScript.IsAvailable)
        {
            return Finish(nn.functional.conv2d(x, _weight, _bias, _geometry.Stride, _geometry.Padding, _geometry.Dilation, _geometry.Groups), addend);
        }

        bool accumulates = addend is not null && addend.dtype == _type && addend.stride(1) == 1 && (function is null || function == PointwiseFunction.Relu);
        if (accumulates)
        {
            return OneDnnScript.Accumulate(addend!, x, _weight, _bias, _geometry, function).MoveToOuterDisposeScope();
        }

        return addend is null
            ? OneDnnScript.Convolve(x, _weight, _bias, _geometry, function).MoveToOuterDisposeScope()
            : Finish(OneDnnScript.Convolve(x, _weight, _bias, _geometry, null), addend);

        Tensor Finish(Tensor y, Tensor? sum)
        {
            y = sum is null ? y : y.add_(sum);
            return (function?.Apply(y) ?? y).MoveToOuterDisposeScope();
        }
    }

    public void Dispose()
    {
        _weight.Dispose();
        _bias.Dispose();
    }
}
