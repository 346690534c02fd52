namespace TransferLearning.Layers;

/// <summary>A two-dimensional convolution with PyTorch's names, whose weights are allocated but not filled: whatever made the network
/// either reads them from a checkpoint or initialises them.</summary>
public sealed class Conv2d : WeightLayer
{
    private readonly bool _padsAsTensorFlow;

    [ComponentName(Name = "weight")]
    private Parameter _weight;

    [ComponentName(Name = "bias")]
    private Parameter? _bias;

    /// <summary>Makes a convolution with square filters.</summary>
    /// <param name="inputs">The number of channels that come in.</param>
    /// <param name="outputs">The number of channels that go out.</param>
    /// <param name="kernel">The side of the filters.</param>
    /// <param name="stride">How far the filters move.</param>
    /// <param name="padding">How many zeros are put around the map on each side.</param>
    /// <param name="dilation">How far apart the filters' weights are.</param>
    /// <param name="groups">Into how many groups the channels are cut.</param>
    /// <param name="bias">Whether it has a bias.</param>
    /// <param name="padAsTensorFlow">Whether a stride above 1 pads as TensorFlow's "same" does, the odd row below and the odd column
    /// right.</param>
    public Conv2d(
        long inputs, long outputs, long kernel, long stride = 1, long padding = 0, long dilation = 1, long groups = 1, bool bias = false,
        bool padAsTensorFlow = false)
        : this(inputs, outputs, (kernel, kernel), (stride, stride), (padding, padding), (dilation, dilation), groups, bias, padAsTensorFlow)
    {
    }

    /// <summary>Makes a convolution.</summary>
    /// <inheritdoc cref="Conv2d(long, long, long, long, long, long, long, bool, bool)"/>
    public Conv2d(
        long inputs, long outputs, (long Height, long Width) kernel, (long Height, long Width) stride, (long Height, long Width) padding,
        (long Height, long Width) dilation, long groups, bool bias, bool padAsTensorFlow = false)
        : base(nameof(Conv2d))
    {
        _padsAsTensorFlow = padAsTensorFlow && (stride.Height > 1 || stride.Width > 1);
        Geometry = new ConvolutionGeometry(
            [stride.Height, stride.Width],
            _padsAsTensorFlow ? [0, 0] : [padding.Height, padding.Width],
            [dilation.Height, dilation.Width],
            groups);
        _weight = new Parameter(empty(outputs, inputs / groups, kernel.Height, kernel.Width));
        _bias = bias ? new Parameter(empty(outputs)) : null;
        RegisterComponents();
    }

    /// <summary>[outputs, inputs / groups, height, width].</summary>
    public override Parameter Weight => _weight;

    /// <inheritdoc/>
    public override Parameter? Bias => _bias;

    /// <summary>How the filters move; what <see cref="Pad"/> adds is not in it.</summary>
    internal ConvolutionGeometry Geometry { get; }

    /// <summary>Whether <see cref="Pad"/> adds something.</summary>
    internal bool PadsItself => _padsAsTensorFlow;

    /// <summary>TensorFlow's padding around the input, which the caller disposes, or null where the geometry has the padding.</summary>
    internal Tensor? Pad(Tensor input)
        => _padsAsTensorFlow ? TensorFlowPadding.Pad(input, [_weight.size(2), _weight.size(3)], Geometry.Stride, Geometry.Dilation) : null;

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        if (FusedConvolutions.Active is { } fused)
        {
            return fused.Convolve(this, null, input, null, null);
        }

        if (Autocast.IsActive && IsMiscountedInBFloat16(input))
        {
            using Autocast plain = new(TorchSharp.DeviceType.CPU, enabled: false);
            using Tensor exact = input.to(ScalarType.Float32);
            return base.forward(exact);
        }

        return base.forward(input);
    }

    internal override Tensor Compute(Tensor input)
    {
        using Tensor? padded = Pad(input);
        Tensor x = padded ?? input;
        FilterWindow? window = FilterWindow.Of(_weight, x, Geometry);
        using Tensor? part = window?.Cut(_weight);
        ConvolutionGeometry geometry = window is { } some ? Geometry.In(some) : Geometry;
        Tensor weight = part ?? _weight;

        // oneDNN wants the filters in the map's layout: where they are the larger part, it is the map that is laid out anew.
        if (x.is_cuda || !MemoryLayout.HasChannelsLast(x) || weight.numel() <= x.numel())
        {
            return Convolve(x);
        }

        using Tensor plain = x.contiguous();
        using Tensor result = Convolve(plain);
        return MemoryLayout.WithChannelsLast(result);

        Tensor Convolve(Tensor map)
            => nn.functional.conv2d(map, weight, _bias, geometry.Stride, geometry.Padding, geometry.Dilation, geometry.Groups);
    }

    internal override Tensor Spread(Tensor vector) => vector.view(1, -1, 1, 1);

    /// <summary>A convolution without bias that moves in the same way over the same channels and has another number of outputs.</summary>
    internal Conv2d Resized(long outputs)
    {
        (long[] stride, long[] padding, long[] dilation) = (Geometry.Stride, Geometry.Padding, Geometry.Dilation);
        return new Conv2d(
            _weight.size(1) * Geometry.Groups,
            outputs,
            (_weight.size(2), _weight.size(3)),
            (stride[0], stride[1]),
            (padding[0], padding[1]),
            (dilation[0], dilation[1]),
            Geometry.Groups,
            bias: false,
            _padsAsTensorFlow);
    }

    // oneDNN 3.7 returns wrong bfloat16 weight gradients for strided convolutions on maps that are smaller than the filter.
    private bool IsMiscountedInBFloat16(Tensor input)
        => (Geometry.Stride[0] > 1 || Geometry.Stride[1] > 1)
            && (input.size(2) < _weight.size(2) || input.size(3) < _weight.size(3))
            && !input.is_cuda;
}
