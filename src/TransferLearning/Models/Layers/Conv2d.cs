using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>
/// A two-dimensional convolution with PyTorch's names, whose weights are allocated but not filled: whatever made the network
/// either reads them from a checkpoint or initialises them.
/// </summary>
internal sealed class Conv2d : nn.Module<Tensor, Tensor>, IWeightedLayer
{
    private readonly long[] _stride;
    private readonly long[] _padding;
    private readonly long[] _dilation;
    private readonly long _groups;
    private readonly bool _padAsTensorFlow;

    [ComponentName(Name = "weight")]
    private Parameter _weight;

    [ComponentName(Name = "bias")]
    private Parameter? _bias;

    public Conv2d(long inputs, long outputs, long kernel, long stride = 1, long padding = 0, long dilation = 1, long groups = 1, bool bias = false, bool padAsTensorFlow = false)
        : this(inputs, outputs, (kernel, kernel), (stride, stride), (padding, padding), (dilation, dilation), groups, bias, padAsTensorFlow)
    {
    }

    // padAsTensorFlow: a stride above 1 pads as TensorFlow's "same" does, the odd row below and the odd column right.
    public Conv2d(
        long inputs,
        long outputs,
        (long Height, long Width) kernel,
        (long Height, long Width) stride,
        (long Height, long Width) padding,
        (long Height, long Width) dilation,
        long groups,
        bool bias,
        bool padAsTensorFlow = false)
        : base(nameof(Conv2d))
    {
        _stride = [stride.Height, stride.Width];
        _padding = [padding.Height, padding.Width];
        _dilation = [dilation.Height, dilation.Width];
        _groups = groups;
        _padAsTensorFlow = padAsTensorFlow && (stride.Height > 1 || stride.Width > 1);
        _weight = new Parameter(empty(outputs, inputs / groups, kernel.Height, kernel.Width));
        _bias = bias ? new Parameter(empty(outputs)) : null;
        RegisterComponents();
    }

    public Parameter Weight => _weight;

    public Parameter? Bias => _bias;

    public override Tensor forward(Tensor input)
    {
        if (Autocast.IsActive && IsMiscountedInBFloat16(input))
        {
            using Autocast plain = new(Device.Cpu, enabled: false);
            using Tensor exact = input.to(ScalarType.Float32);
            return Convolve(exact);
        }

        return Convolve(input);
    }

    // oneDNN 3.7 returns wrong bfloat16 weight gradients for strided convolutions on maps that are smaller than the filter.
    private bool IsMiscountedInBFloat16(Tensor input)
        => (_stride[0] > 1 || _stride[1] > 1) && (input.size(2) < _weight.size(2) || input.size(3) < _weight.size(3)) && !input.is_cuda;

    private Tensor Convolve(Tensor input)
    {
        if (!_padAsTensorFlow)
        {
            return nn.functional.conv2d(input, _weight, _bias, _stride, _padding, _dilation, _groups);
        }

        using Tensor padded = TensorFlowPadding.Pad(input, [_weight.size(2), _weight.size(3)], _stride, _dilation);
        return nn.functional.conv2d(padded, _weight, _bias, _stride, [0, 0], _dilation, _groups);
    }
}
