namespace TransferLearning;

/// <summary>Grad-CAM: each channel counts by the mean of its gradient (Selvaraju et al., 2017).</summary>
public sealed record GradCam : ClassActivationMap
{
    /// <inheritdoc/>
    public override string Name => "Grad-CAM";

    /// <summary>The weight of each channel, [C].</summary>
    internal static Tensor Weights(Tensor gradient) => gradient.mean([1, 2]);

    internal override Tensor Combine(Tensor activation, Tensor gradient) => Weighted(activation, Weights(gradient));
}
