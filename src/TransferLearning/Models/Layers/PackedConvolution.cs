namespace TransferLearning.Layers;

/// <summary>A convolution whose filters lie as the CPU's kernels want them.</summary>
internal sealed class PackedConvolution : IFusedConvolution
{
    private readonly ConvolutionGeometry _geometry;
    private readonly ScalarType _type;
    private readonly Tensor _bias;
    private readonly Tensor _weight;

    /// <param name="convolution">The convolution.</param>
    /// <param name="norm">What follows it, or null.</param>
    /// <param name="input">An input of the shape that the filters are laid out for; others are right too.</param>
    /// <param name="type">The number type of inputs and filters.</param>
    public PackedConvolution(Conv2d convolution, BatchNorm2d? norm, Tensor input, ScalarType type)
    {
        using DisposeScope scope = NewDisposeScope();
        _geometry = convolution.Geometry;
        _type = type;
        (Tensor weight, Tensor bias) = FoldedWeights.Of(convolution, norm);
        weight = weight.to(type);
        weight = OneDnnScript.IsAvailable
            ? OneDnnScript.Pack(weight.contiguous(), _geometry.Arguments, input)
            : MemoryLayout.WithChannelsLast(weight.clone());
        _weight = weight.DetachFromDisposeScope();
        _bias = bias.to(type, copy: true).DetachFromDisposeScope();
    }

    public Tensor Run(Tensor input, PointwiseFunction? function, Tensor? addend)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = input.to(_type);
        x = x.stride(1) == 1 ? x : MemoryLayout.WithChannelsLast(x);
        if (!OneDnnScript.IsAvailable)
        {
            return Finish(
                nn.functional.conv2d(x, _weight, _bias, _geometry.Stride, _geometry.Padding, _geometry.Dilation, _geometry.Groups), addend);
        }

        bool accumulates = addend is not null
            && addend.dtype == _type
            && addend.stride(1) == 1
            && (function is null || function == PointwiseFunction.Relu);
        if (accumulates)
        {
            return OneDnnScript.Accumulate(addend!, x, _weight, _bias, _geometry.Arguments, function?.Name).MoveToOuterDisposeScope();
        }

        return addend is null
            ? OneDnnScript.Convolve(x, _weight, _bias, _geometry.Arguments, function?.Name).MoveToOuterDisposeScope()
            : Finish(OneDnnScript.Convolve(x, _weight, _bias, _geometry.Arguments, null), addend);

        Tensor Finish(Tensor y, Tensor? sum)
        {
            y = sum is null ? y : y.AddInPlace(sum);
            return (function?.Apply(y) ?? y).MoveToOuterDisposeScope();
        }
    }

    public void Dispose()
    {
        _weight.Dispose();
        _bias.Dispose();
    }
}
