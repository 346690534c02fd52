using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TransferLearning.Layers;

/// <summary>
/// A convolution that keeps the size (up to its stride), batch normalisation and perhaps an activation, under torchvision's names
/// <c>0</c> and <c>1</c>.
/// </summary>
internal sealed class ConvNormActivation : nn.Module<Tensor, Tensor>
{
    private readonly PointwiseFunction? _activate;

    [ComponentName(Name = "0")]
    private readonly Conv2d _convolution;

    [ComponentName(Name = "1")]
    private readonly BatchNorm2d _norm;

    public ConvNormActivation(
        long inputs,
        long outputs,
        long kernel,
        PointwiseFunction? activate,
        long stride = 1,
        long dilation = 1,
        long groups = 1,
        ConvNormOptions? options = null)
        : base(nameof(ConvNormActivation))
    {
        options ??= new ConvNormOptions();
        _activate = activate;
        _convolution = new Conv2d(
            inputs, outputs, kernel, stride, (kernel - 1) / 2 * dilation, dilation, groups, padAsTensorFlow: options.PadAsTensorFlow);
        _norm = new BatchNorm2d(outputs, options.Epsilon, options.Momentum);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => ConvNorm.Run(_convolution, _norm, input, _activate);
}
