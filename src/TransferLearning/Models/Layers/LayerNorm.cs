namespace TransferLearning.Layers;

/// <summary>Layer normalisation over the last axis, or over the channels of [N, C, H, W] (Ba, Kiros and Hinton, 2016), with PyTorch's
/// names; weights allocated but not filled.</summary>
public sealed class LayerNorm : nn.Module<Tensor, Tensor>
{
    private readonly long[] _shape;
    private readonly double _epsilon;
    private readonly bool _channelsFirst;

    [ComponentName(Name = "weight")]
    private Parameter _weight;

    [ComponentName(Name = "bias")]
    private Parameter _bias;

    /// <summary>Makes a layer.</summary>
    /// <param name="width">The size of the axis.</param>
    /// <param name="epsilon">What is added to the variance.</param>
    /// <param name="channelsFirst">Whether the axis is the channels of [N, C, H, W] instead of the last one.</param>
    public LayerNorm(long width, double epsilon = 1e-5, bool channelsFirst = false) : base(nameof(LayerNorm))
    {
        (_shape, _epsilon, _channelsFirst) = ([width], epsilon, channelsFirst);
        _weight = new Parameter(empty(width));
        _bias = new Parameter(empty(width));
        RegisterComponents();
    }

    /// <summary>The factor of each element.</summary>
    public Parameter Weight => _weight;

    /// <summary>What is added to each element.</summary>
    public Parameter Bias => _bias;

    /// <summary>Whether the axis is the channels of [N, C, H, W].</summary>
    internal bool IsChannelsFirst => _channelsFirst;

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        (Tensor weight, Tensor bias) = NormTap.AffineOf(this, _weight, _bias);
        if (!_channelsFirst)
        {
            return nn.functional.layer_norm(input, _shape, weight, bias, _epsilon);
        }

        using Tensor last = input.permute(0, 2, 3, 1); // [N, H, W, C]
        using Tensor normalised = nn.functional.layer_norm(last, _shape, weight, bias, _epsilon);
        return normalised.permute(0, 3, 1, 2); // [N, C, H, W]
    }
}
