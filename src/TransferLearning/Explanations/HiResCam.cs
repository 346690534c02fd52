namespace TransferLearning;

/// <summary>
/// HiResCAM: each activation times its own gradient, summed over the channels (Draelos and Carin, 2020). What it marks was used; right
/// before a layer norm it is zero, because a norm does not see how long a token is.
/// </summary>
public sealed record HiResCam : ClassActivationMap
{
    /// <inheritdoc/>
    public override string Name => "HiResCAM";

    internal override Tensor Combine(Tensor activation, Tensor gradient) => activation.mul(gradient).sum([0]);
}
