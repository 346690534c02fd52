namespace TransferLearning;

/// <summary>
/// How a task runs a network on a batch: on its device, from its features where these are known already, in a faster form where there is
/// one.
/// </summary>
public sealed class ForwardPass
{
    private readonly Func<ModelInput, Tensor>? _features;
    private readonly Func<ModelInput, ModelInput>? _prepare;

    /// <summary>A pass through a network as it is.</summary>
    /// <param name="network">The network; it stays the caller's.</param>
    /// <param name="device">Where it is.</param>
    public ForwardPass(Network network, Device device) : this(network, device, null) { }

    /// <param name="network">The network.</param>
    /// <param name="device">Where it is.</param>
    /// <param name="features">Gives what enters the head; null runs the backbone.</param>
    /// <param name="prepare">Lays inputs out on the device before the network takes them, as new inputs.</param>
    internal ForwardPass(Network network, Device device, Func<ModelInput, Tensor>? features, Func<ModelInput, ModelInput>? prepare = null)
        => (Network, Device, _features, _prepare) = (network, device, features, prepare);

    /// <summary>The network.</summary>
    public Network Network { get; }

    /// <summary>Where it is.</summary>
    internal Device Device { get; }

    /// <summary>Gives the outputs in another way than by one run of the network; null for one run.</summary>
    internal Func<ModelInput, Tensor>? Outputs { get; init; }

    /// <summary>What enters the head, in float32; it joins the caller's dispose scope.</summary>
    /// <param name="input">The examples, on any device; they stay the caller's.</param>
    public Tensor Features(ModelInput input)
    {
        using ModelInput there = There(input);
        return Exact(_features is null ? Network.ForwardFeatures(there) : _features(there));
    }

    /// <summary>One vector for each example or a map, as features are kept, in float32; it joins the caller's dispose scope.</summary>
    internal Tensor Pooled(ModelInput input)
    {
        using ModelInput there = There(input);
        return Exact(Network.ForwardPooled(there));
    }

    /// <summary>What the head makes of features, in float32; it joins the caller's dispose scope.</summary>
    /// <param name="features">What <see cref="Features"/> gave, or some rows of it; they stay the caller's.</param>
    public Tensor Head(Tensor features) => Exact(Network.EnterHead(features));

    /// <summary>
    /// The outputs and, while the network trains, those of its auxiliary heads, in float32; they join the caller's dispose scope.
    /// </summary>
    /// <param name="input">The examples, on any device; they stay the caller's.</param>
    public (Tensor Outputs, IReadOnlyList<Tensor> Auxiliary) Run(ModelInput input)
    {
        if (Outputs is not null)
        {
            return (Outputs(input), []);
        }

        if (_features is not null)
        {
            using Tensor features = Features(input);
            return (Head(features), []);
        }

        using ModelInput there = There(input);
        (Tensor outputs, IReadOnlyList<Tensor> auxiliary) = Network.ForwardTraining(there);
        return (Exact(outputs), [.. auxiliary.Select(Exact)]);
    }

    /// <summary>A tensor on the network's device; it joins the caller's dispose scope.</summary>
    public Tensor There(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return tensor.to(Device.ToTorch());
    }

    private ModelInput There(ModelInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (_prepare is null)
        {
            return input.To(Device);
        }

        using ModelInput there = input.To(Device);
        return _prepare(there);
    }

    // Mixed precision gives bfloat16; a loss needs more digits.
    private static Tensor Exact(Tensor outputs)
    {
        if (outputs.dtype != ScalarType.BFloat16)
        {
            return outputs;
        }

        using Tensor half = outputs;
        return half.to(ScalarType.Float32);
    }
}
