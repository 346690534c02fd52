namespace TransferLearning;

/// <summary>RMSprop (Hinton, 2012): PyTorch's <c>torch.optim.RMSprop</c>.</summary>
/// <remarks>With g the gradient plus weightDecay p: s = alpha s + (1 - alpha) g²; d = sqrt(s) + epsilon, centred d = sqrt(s - m²) + epsilon
/// with m the mean gradient; p -= learningRate g / d, with momentum v = momentum v + g / d and p -= learningRate v.</remarks>
public sealed record RmsProp : Optimizer
{
    /// <summary>Creates the optimizer.</summary>
    /// <param name="learningRate">The learning rate, at least 0.</param>
    /// <param name="alpha">How much of the mean squared gradient is kept per step, in [0, 1].</param>
    /// <param name="epsilon">What keeps the division from 0, at least 0.</param>
    /// <param name="weightDecay">The L2 penalty that is added to the gradient, at least 0.</param>
    /// <param name="momentum">How much of the velocity is kept per step, at least 0; 0 turns it off.</param>
    /// <param name="centered">Whether to divide by an estimate of the standard deviation instead of the root mean square.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public RmsProp(
        double learningRate = 0.01, double alpha = 0.99, double epsilon = 1e-8, double weightDecay = 0, double momentum = 0,
        bool centered = false)
        : base(learningRate, weightDecay)
    {
        Alpha = ValidNumber.Fraction(alpha, nameof(alpha));
        Epsilon = ValidNumber.NotNegative(epsilon, nameof(epsilon));
        Momentum = ValidNumber.NotNegative(momentum, nameof(momentum));
        Centered = centered;
    }

    /// <summary>How much of the mean squared gradient is kept per step, in [0, 1].</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is out of its range.</exception>
    public double Alpha { get; init => field = ValidNumber.Fraction(value, nameof(Alpha)); }

    /// <summary>What keeps the division from 0, at least 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative or not finite.</exception>
    public double Epsilon { get; init => field = ValidNumber.NotNegative(value, nameof(Epsilon)); }

    /// <summary>How much of the velocity is kept per step, at least 0; 0 turns it off.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative or not finite.</exception>
    public double Momentum { get; init => field = ValidNumber.NotNegative(value, nameof(Momentum)); }

    /// <summary>Whether to divide by an estimate of the standard deviation instead of the root mean square.</summary>
    public bool Centered { get; init; }

    /// <inheritdoc/>
    internal override OptimizerState CreateState(IReadOnlyList<ParameterGroup> groups) => new State(this, groups);

    private sealed class State(RmsProp options, IReadOnlyList<ParameterGroup> groups)
        : OptimizerState(options, options.Momentum, groups, "square_avg", "momentum_buffer", "grad_avg")
    {
        protected override bool Needs(int buffer) => buffer switch { 0 => true, 1 => options.Momentum != 0, _ => options.Centered };

        protected override void Update(OptimizerSlot slot, torch.Tensor gradient, double learningRate)
        {
            using torch.Tensor? decayed = WithDecay(slot, gradient);
            torch.Tensor change = decayed ?? gradient;
            using Scalar alpha = options.Alpha.ToScalar(), rest = (1 - options.Alpha).ToScalar(), epsilon = options.Epsilon.ToScalar();
            using Scalar rate = (-learningRate).ToScalar(), one = 1.0.ToScalar();
            torch.Tensor square = slot.Buffer(0).mul_(alpha).addcmul_(change, change, rest);
            using torch.Tensor divisor = options.Centered
                ? Deviation(square, slot.Buffer(2).mul_(alpha).add_(change, rest))
                : square.sqrt();
            divisor.add_(epsilon, Scalars.One);
            if (Momentum > 0)
            {
                using Scalar momentum = Momentum.ToScalar();
                torch.Tensor velocity = slot.Buffer(1).mul_(momentum).addcdiv_(change, divisor, one);
                slot.Parameter.add_(velocity, rate);
            }
            else
            {
                slot.Parameter.addcdiv_(change, divisor, rate);
            }
        }

        private static torch.Tensor Deviation(torch.Tensor square, torch.Tensor mean)
        {
            using Scalar minus = (-1.0).ToScalar();
            return square.addcmul(mean, mean, minus).sqrt_();
        }
    }
}
