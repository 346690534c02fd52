namespace TransferLearning.Layers;

/// <summary>
/// A convolution that keeps the size (up to its stride), batch normalisation and perhaps an activation, under torchvision's names <c>0</c>
/// and <c>1</c>.
/// </summary>
public sealed class ConvNormActivation : nn.Module<Tensor, Tensor>
{
    private readonly PointwiseFunction? _activate;

    [ComponentName(Name = "0")]
    private readonly Conv2d _convolution;

    [ComponentName(Name = "1")]
    private readonly BatchNorm2d _norm;

    /// <summary>Makes the layers.</summary>
    /// <param name="inputs">The number of channels that come in.</param>
    /// <param name="outputs">The number of channels that go out.</param>
    /// <param name="kernel">The side of the filters.</param>
    /// <param name="activate">What comes last, or null.</param>
    /// <param name="stride">How far the filters move.</param>
    /// <param name="dilation">How far apart the filters' weights are.</param>
    /// <param name="groups">Into how many groups the channels are cut.</param>
    /// <param name="options">What the network's layers have in common; null for the defaults.</param>
    public ConvNormActivation(
        long inputs, long outputs, long kernel, PointwiseFunction? activate, long stride = 1, long dilation = 1, long groups = 1,
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

    /// <summary>[N, C, H, W] to [N, outputs, H / stride, W / stride].</summary>
    public override Tensor forward(Tensor input) => ConvNorm.Run(_convolution, _norm, input, _activate);
}
