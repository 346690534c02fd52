namespace TransferLearning.Layers;

/// <summary>A one-dimensional convolution with PyTorch's names, whose weights are allocated but not filled.</summary>
public sealed class Conv1d : WeightLayer
{
    private readonly long _stride;
    private readonly long _padding;
    private readonly long _groups;

    [ComponentName(Name = "weight")]
    private Parameter _weight;

    [ComponentName(Name = "bias")]
    private Parameter? _bias;

    /// <summary>Makes a convolution.</summary>
    /// <param name="inputs">The number of channels that come in.</param>
    /// <param name="outputs">The number of channels that go out.</param>
    /// <param name="kernel">The length of the filters.</param>
    /// <param name="stride">How far the filters move.</param>
    /// <param name="padding">How many zeros are put before and after the row.</param>
    /// <param name="groups">Into how many groups the channels are cut.</param>
    /// <param name="bias">Whether it has a bias.</param>
    public Conv1d(long inputs, long outputs, long kernel, long stride = 1, long padding = 0, long groups = 1, bool bias = false)
        : base(nameof(Conv1d))
    {
        (_stride, _padding, _groups) = (stride, padding, groups);
        _weight = new Parameter(empty(outputs, inputs / groups, kernel));
        _bias = bias ? new Parameter(empty(outputs)) : null;
        RegisterComponents();
    }

    /// <summary>[outputs, inputs / groups, kernel].</summary>
    public override Parameter Weight => _weight;

    /// <inheritdoc/>
    public override Parameter? Bias => _bias;

    /// <summary>[N, C, T] to [N, C', T'].</summary>
    internal override Tensor Compute(Tensor input)
        => nn.functional.conv1d(input, _weight, _bias, _stride, _padding, groups: _groups);
}
