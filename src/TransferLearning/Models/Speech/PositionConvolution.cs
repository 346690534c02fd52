namespace TransferLearning;

/// <summary>
/// wav2vec 2.0's positions: a wide grouped convolution over the frames whose filters are normalised at each of their places (Salimans and
/// Kingma, "Weight Normalization", 2016). Weights are allocated but not filled.
/// </summary>
internal sealed class PositionConvolution : nn.Module<Tensor, Tensor>
{
    private readonly long _groups;

    [ComponentName(Name = "bias")]
    private Parameter _bias;

    [ComponentName(Name = "weight_g")]
    private Parameter _length;

    [ComponentName(Name = "weight_v")]
    private Parameter _direction;

    public PositionConvolution(long width, long kernel, long groups)
        : base(nameof(PositionConvolution))
    {
        _groups = groups;
        _bias = new Parameter(empty(width));
        _length = new Parameter(empty(1, 1, kernel));
        _direction = new Parameter(empty(width, width / groups, kernel));
        RegisterComponents();
    }

    /// <summary>[N, L, D] to [N, L, D].</summary>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        (long frames, long kernel) = (input.size(1), _direction.size(2));
        Tensor weight = _direction.mul(_length.div(Norm()));
        Tensor x = nn.functional.conv1d(input.transpose(1, 2), weight, _bias, padding: kernel / 2, groups: _groups);
        return x.narrow(2, 0, frames).transpose(1, 2).MoveToOuterDisposeScope(); // an even kernel gives one frame too many
    }

    /// <summary>Normal weights, narrower the wider the filters; their lengths are as they come.</summary>
    public void Initialize(Generator generator)
    {
        _direction.normal_(0, 2 / Math.Sqrt(_direction.size(2) * _direction.size(0)), generator);
        _length.copy_(Norm());
        _bias.zero_();
    }

    private Tensor Norm() => _direction.mul(_direction).sum([0, 1], keepdim: true).sqrt();
}
