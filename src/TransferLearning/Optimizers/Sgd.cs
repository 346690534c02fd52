using System.Runtime.CompilerServices;

namespace TransferLearning;

/// <summary>Stochastic gradient descent, with momentum if wanted: PyTorch's <c>torch.optim.SGD</c>.</summary>
/// <remarks>With g the gradient, p the parameter and v the velocity: g += weightDecay p; v = g at first, later v = momentum v + (1 -
/// dampening) g; p -= learningRate v, or with Nesterov's momentum p -= learningRate (g + momentum v).</remarks>
public sealed record Sgd : Optimizer
{
    /// <summary>Creates the optimizer.</summary>
    /// <param name="learningRate">The learning rate, at least 0.</param>
    /// <param name="momentum">How much of the velocity is kept per step, at least 0; 0 turns it off.</param>
    /// <param name="dampening">How much of each gradient is kept out of the velocity.</param>
    /// <param name="weightDecay">The L2 penalty that is added to the gradient, at least 0.</param>
    /// <param name="nesterov">Whether to look one step ahead; needs a momentum and no dampening.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    /// <exception cref="ArgumentException"><paramref name="nesterov"/> without momentum, or with dampening.</exception>
    public Sgd(double learningRate, double momentum = 0, double dampening = 0, double weightDecay = 0, bool nesterov = false)
        : base(learningRate, weightDecay)
    {
        Momentum = ValidNumber.NotNegative(momentum, nameof(momentum));
        Dampening = ValidNumber.Finite(dampening, nameof(dampening));
        Nesterov = nesterov;
        CheckNesterov(nameof(nesterov));
    }

    /// <summary>How much of the velocity is kept per step, at least 0; 0 turns it off.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative or not finite.</exception>
    public double Momentum { get; init => field = ValidNumber.NotNegative(value, nameof(Momentum)); }

    /// <summary>How much of each gradient is kept out of the velocity.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is not finite.</exception>
    public double Dampening { get; init => field = ValidNumber.Finite(value, nameof(Dampening)); }

    /// <summary>Whether to look one step ahead (Nesterov's momentum); needs a momentum and no dampening.</summary>
    public bool Nesterov { get; init; }

    /// <inheritdoc/>
    internal override OptimizerState CreateState(IReadOnlyList<ParameterGroup> groups)
    {
        CheckNesterov(nameof(Nesterov));
        return new State(this, groups);
    }

    private void CheckNesterov(string name)
    {
        if (Nesterov && (Momentum <= 0 || Dampening != 0))
        {
            throw new ArgumentException("Nesterov's momentum needs a momentum above 0 and a dampening of 0.", name);
        }
    }

    private sealed class State(Sgd options, IReadOnlyList<ParameterGroup> groups)
        : OptimizerState(options, options.Momentum, groups, "momentum_buffer")
    {
        protected override bool Needs(int buffer) => options.Momentum != 0;

        protected override void Update(OptimizerSlot slot, torch.Tensor gradient, double learningRate)
        {
            using torch.Tensor? decayed = WithDecay(slot, gradient);
            torch.Tensor change = decayed ?? gradient;
            using Scalar rate = (-learningRate).ToScalar();
            if (Momentum == 0)
            {
                slot.Parameter.add_(change, rate);
                return;
            }

            using Scalar momentum = Momentum.ToScalar();
            if (slot.Buffers[0] is { } velocity)
            {
                using Scalar share = (1 - options.Dampening).ToScalar();
                velocity.mul_(momentum).add_(change, share);
            }
            else
            {
                velocity = slot.Keep(0, change.clone());
            }

            if (options.Nesterov)
            {
                using torch.Tensor ahead = change.add(velocity, momentum);
                slot.Parameter.add_(ahead, rate);
            }
            else
            {
                slot.Parameter.add_(velocity, rate);
            }
        }

        protected override unsafe StretchUpdate? OfStretch(OptimizerSlot slot, double learningRate)
        {
            bool remembers = Momentum != 0, isFirst = remembers && slot.Buffers[0] is null, looksAhead = options.Nesterov;
            if (isFirst)
            {
                slot.Keep(0, torch.empty_like(slot.Parameter));
            }

            float decay = (float)slot.WeightDecay, rate = (float)-learningRate;
            float momentum = isFirst ? 0 : (float)Momentum, share = isFirst ? 1 : (float)(1 - options.Dampening);
            return Update;

            // Compiled in full at once: its first steps are as long as all others.
            [MethodImpl(MethodImplOptions.AggressiveOptimization)]
            void Update(in Stretch stretch)
            {
                Vector<float> add = new(decay), step = new(rate), keep = new(momentum), take = new(share), ahead = new((float)Momentum);
                float* weights = stretch.Weights, gradients = stretch.Gradients, velocities = stretch.First;
                for (int i = 0; i < stretch.Count; i += Vector<float>.Count)
                {
                    Vector<float> weight = Vector.Load(weights + i), gradient = Vector.Load(gradients + i);
                    gradient = Vector.FusedMultiplyAdd(weight, add, gradient);
                    if (remembers)
                    {
                        Vector<float> velocity = isFirst
                            ? gradient
                            : Vector.FusedMultiplyAdd(gradient, take, Vector.Load(velocities + i) * keep);
                        velocity.Store(velocities + i);
                        gradient = looksAhead ? Vector.FusedMultiplyAdd(velocity, ahead, gradient) : velocity;
                    }

                    Vector.FusedMultiplyAdd(gradient, step, weight).Store(weights + i);
                }
            }
        }
    }
}
