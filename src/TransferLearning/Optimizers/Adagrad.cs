namespace TransferLearning;

/// <summary>Adagrad (Duchi, Hazan and Singer, 2011): PyTorch's <c>torch.optim.Adagrad</c>.</summary>
/// <remarks>
/// With g the gradient plus weightDecay p and t the number of the update: s += g²; p -= learningRate / (1 + (t - 1) rateDecay) g / (sqrt(s)
/// + epsilon).
/// </remarks>
public sealed record Adagrad : Optimizer
{
    /// <summary>Creates the optimizer.</summary>
    /// <param name="learningRate">The learning rate, at least 0.</param>
    /// <param name="rateDecay">How fast the rate falls with the number of updates, at least 0.</param>
    /// <param name="weightDecay">The L2 penalty that is added to the gradient, at least 0.</param>
    /// <param name="initialSum">What the sums of squares start from, at least 0.</param>
    /// <param name="epsilon">What keeps the division from 0, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public Adagrad(double learningRate = 0.01, double rateDecay = 0, double weightDecay = 0, double initialSum = 0, double epsilon = 1e-10)
        : base(learningRate, weightDecay)
    {
        RateDecay = ValidNumber.NotNegative(rateDecay, nameof(rateDecay));
        InitialSum = ValidNumber.NotNegative(initialSum, nameof(initialSum));
        Epsilon = ValidNumber.NotNegative(epsilon, nameof(epsilon));
    }

    /// <summary>How fast the rate falls with the number of updates, at least 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative or not finite.</exception>
    public double RateDecay { get; init => field = ValidNumber.NotNegative(value, nameof(RateDecay)); }

    /// <summary>What the sums of squares start from, at least 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative or not finite.</exception>
    public double InitialSum { get; init => field = ValidNumber.NotNegative(value, nameof(InitialSum)); }

    /// <summary>What keeps the division from 0, at least 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative or not finite.</exception>
    public double Epsilon { get; init => field = ValidNumber.NotNegative(value, nameof(Epsilon)); }

    /// <inheritdoc/>
    internal override OptimizerState CreateState(IReadOnlyList<ParameterGroup> groups) => new State(this, groups);

    private sealed class State(Adagrad options, IReadOnlyList<ParameterGroup> groups) : OptimizerState(options, 0, groups, "sum")
    {
        protected override bool Needs(int buffer) => true;

        protected override void Update(OptimizerSlot slot, torch.Tensor gradient, double learningRate)
        {
            using torch.Tensor? decayed = WithDecay(slot, gradient);
            torch.Tensor change = decayed ?? gradient;
            using Scalar one = 1.0.ToScalar(), epsilon = options.Epsilon.ToScalar();
            using Scalar rate = (-learningRate / (1 + ((slot.Steps - 1) * options.RateDecay))).ToScalar();
            torch.Tensor sum = slot.Buffer(0, options.InitialSum).addcmul_(change, change, one);
            using torch.Tensor divisor = sum.sqrt().add_(epsilon, Scalars.One);
            slot.Parameter.addcdiv_(change, divisor, rate);
        }
    }
}
