namespace TransferLearning.Layers;

/// <summary>
/// What the Inception networks are made of: a convolution, batch normalisation and ReLU, under the names <c>conv</c> and <c>bn</c>.
/// </summary>
internal sealed class InceptionUnit : nn.Module<Tensor, Tensor>
{
    /// <summary>What TensorFlow's networks, these among them, add to the variance.</summary>
    public const double DefaultEpsilon = 1e-3;

    [ComponentName(Name = "conv")]
    private readonly Conv2d _convolution;

    [ComponentName(Name = "bn")]
    private readonly BatchNorm2d _norm;

    public InceptionUnit(long inputs, long outputs, long kernel, double epsilon, long stride = 1, long padding = 0)
        : this(inputs, outputs, (kernel, kernel), epsilon, stride, (padding, padding)) { }

    public InceptionUnit(
        long inputs, long outputs, (long Height, long Width) kernel, double epsilon, long stride, (long Height, long Width) padding)
        : base(nameof(InceptionUnit))
    {
        _convolution = new Conv2d(inputs, outputs, kernel, (stride, stride), padding, (1, 1), groups: 1, bias: false);
        _norm = new BatchNorm2d(outputs, epsilon);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input) => ConvNorm.Run(_convolution, _norm, input, PointwiseFunction.Relu);
}
