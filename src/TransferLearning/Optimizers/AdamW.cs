namespace TransferLearning;

/// <summary>Adam with decoupled weight decay (Loshchilov and Hutter, 2019): PyTorch's <c>torch.optim.AdamW</c>.</summary>
/// <remarks>First p -= learningRate weightDecay p, then the update of <see cref="Adam"/> without a penalty on the gradient.</remarks>
public sealed record AdamW : Optimizer
{
    /// <summary>Creates the optimizer.</summary>
    /// <param name="learningRate">The learning rate, at least 0.</param>
    /// <param name="beta1">How much of the mean gradient is kept per step, in [0, 1).</param>
    /// <param name="beta2">How much of the mean squared gradient is kept per step, in [0, 1).</param>
    /// <param name="epsilon">What keeps the division from 0, at least 0.</param>
    /// <param name="weightDecay">The share of each weight, times the learning rate, taken off per step; at least 0.</param>
    /// <param name="amsgrad">Whether to divide by the largest mean square so far (Reddi et al., 2018).</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public AdamW(
        double learningRate = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0.01,
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
        => new AdamState(this, new AdamNumbers(Beta1, Beta2, Epsilon, Amsgrad, DecoupledDecay: true), groups);
}
