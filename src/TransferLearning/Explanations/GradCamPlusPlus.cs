namespace TransferLearning;

/// <summary>
/// Grad-CAM++: places count by how much their gradient adds, so that several objects of one class are all found (Chattopadhyay et al.,
/// 2018). The closed form, without the factor exp(score), which scales the whole map.
/// </summary>
public sealed record GradCamPlusPlus : ClassActivationMap
{
    /// <inheritdoc/>
    public override string Name => "Grad-CAM++";

    /// <summary>The weight of each channel, [C].</summary>
    internal static Tensor Weights(Tensor activation, Tensor gradient)
    {
        Tensor square = gradient.Square();
        Tensor divisor = square.Multiply(2).Add(activation.sum([1, 2], keepdim: true).mul(square.mul(gradient)));
        Tensor share = square.div(divisor.MaskedFill(divisor.eq(Scalars.Zero), 1.0)).MaskedFill(gradient.eq(Scalars.Zero), 0.0);
        return share.mul(gradient.clamp_min(Scalars.Zero)).sum([1, 2]);
    }

    internal override Tensor Combine(Tensor activation, Tensor gradient) => Weighted(activation, Weights(activation, gradient));
}
