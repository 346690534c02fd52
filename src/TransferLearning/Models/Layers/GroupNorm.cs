namespace TransferLearning.Layers;

/// <summary>
/// Group normalisation of [N, C, …] (Wu and He, 2018) with PyTorch's names; weights allocated but not filled.
/// </summary>
public sealed class GroupNorm : nn.Module<Tensor, Tensor>
{
    private readonly long _groups;
    private readonly double _epsilon;

    [ComponentName(Name = "weight")]
    private Parameter _weight;

    [ComponentName(Name = "bias")]
    private Parameter _bias;

    /// <summary>Makes a layer.</summary>
    /// <param name="groups">Into how many groups the channels are cut, each with a mean and a variance of its own.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="epsilon">What is added to the variance.</param>
    public GroupNorm(long groups, long channels, double epsilon = 1e-5)
        : base(nameof(GroupNorm))
    {
        (_groups, _epsilon) = (groups, epsilon);
        _weight = new Parameter(empty(channels));
        _bias = new Parameter(empty(channels));
        RegisterComponents();
    }

    /// <summary>The factor of each channel.</summary>
    public Parameter Weight => _weight;

    /// <summary>What is added to each channel.</summary>
    public Parameter Bias => _bias;

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        (Tensor weight, Tensor bias) = NormTap.AffineOf(this, _weight, _bias);
        return nn.functional.group_norm(input, _groups, weight, bias, _epsilon);
    }
}
