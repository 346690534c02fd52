namespace TransferLearning;

/// <summary>The layer of Ganin et al. ("Domain-Adversarial Training of Neural Networks", 2016): nothing on the way there, and the opposite
/// gradient on the way back.</summary>
internal static class GradientReversal
{
    /// <summary>The same numbers, whose gradient is multiplied by -coefficient on the way back.</summary>
    public static Tensor Of(Tensor features, double coefficient)
    {
        // x + (-c)(x - x): the second part is exactly 0, but for its gradient.
        using Tensor known = features.detach();
        using Tensor nothing = features.sub(known);
        return known.Add(nothing, -coefficient);
    }

    /// <summary>low + (high - low) (2 / (1 + exp(-steepness x)) - 1): from low at 0 towards high.</summary>
    public static double Coefficient(double x, double steepness, double low, double high)
        => (2 * (high - low) / (1 + Math.Exp(-steepness * x))) - (high - low) + low;
}
