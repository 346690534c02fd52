namespace TransferLearning;

/// <summary>Adam (Kingma and Ba, 2015), with weight decay as an L2 penalty on the gradient: PyTorch's <c>torch.optim.Adam</c>.</summary>
/// <remarks>With g the gradient plus weightDecay p, and t the number of the update: m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2)
/// g²; p -= learningRate / (1 - beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon). AMSGrad uses the largest v so far. For decay that
/// does not pass through v, use <see cref="AdamW"/>.</remarks>
public sealed record Adam : Optimizer
{
    /// <summary>Creates the optimizer.</summary>
    /// <param name="learningRate">The learning rate, at least 0.</param>
    /// <param name="beta1">How much of the mean gradient is kept per step, in [0, 1).</param>
    /// <param name="beta2">How much of the mean squared gradient is kept per step, in [0, 1).</param>
    /// <param name="epsilon">What keeps the division from 0, at least 0.</param>
    /// <param name="weightDecay">The L2 penalty that is added to the gradient, at least 0.</param>
    /// <param name="amsgrad">Whether to divide by the largest mean square so far (Reddi et al., 2018).</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public Adam(
        double learningRate = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0,
        bool amsgrad = false)
        : base(learningRate, weightDecay)
    {
        Beta1 = ValidNumber.BelowOne(beta1, nameof(beta1));
        Beta2 = ValidNumber.BelowOne(beta2, nameof(beta2));
        Epsilon = ValidNumber.NotNegative(epsilon, nameof(epsilon));
        Amsgrad = amsgrad;
    }

    /// <summary>How much of the mean gradient is kept per step, in [0, 1).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is out of its range.</exception>
    public double Beta1 { get; init => field = ValidNumber.BelowOne(value, nameof(Beta1)); }

    /// <summary>How much of the mean squared gradient is kept per step, in [0, 1).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is out of its range.</exception>
    public double Beta2 { get; init => field = ValidNumber.BelowOne(value, nameof(Beta2)); }

    /// <summary>What keeps the division from 0, at least 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative or not finite.</exception>
    public double Epsilon { get; init => field = ValidNumber.NotNegative(value, nameof(Epsilon)); }

    /// <summary>Whether to divide by the largest mean square so far.</summary>
    public bool Amsgrad { get; init; }

    /// <inheritdoc/>
    internal override OptimizerState CreateState(IReadOnlyList<ParameterGroup> groups)
        => new AdamState(this, new AdamNumbers(Beta1, Beta2, Epsilon, Amsgrad, DecoupledDecay: false), groups);
}
