using System.Runtime.CompilerServices;

namespace TransferLearning;

/// <summary>The running state of <see cref="Adam"/> and <see cref="AdamW"/>; <see cref="OptimizerState.Momentum"/> is beta1.</summary>
internal sealed class AdamState(Optimizer options, AdamNumbers numbers, IReadOnlyList<ParameterGroup> groups)
    : OptimizerState(options, numbers.Beta1, groups, "exp_avg", "exp_avg_sq", "max_exp_avg_sq")
{
    protected override bool Needs(int buffer) => buffer < 2 || numbers.Amsgrad;

    protected override void Update(OptimizerSlot slot, torch.Tensor gradient, double learningRate)
    {
        using torch.Tensor? decayed = numbers.DecoupledDecay ? null : WithDecay(slot, gradient);
        torch.Tensor change = decayed ?? gradient;
        if (numbers.DecoupledDecay && slot.WeightDecay != 0)
        {
            using Scalar kept = (1 - (learningRate * slot.WeightDecay)).ToScalar();
            slot.Parameter.mul_(kept);
        }

        using Scalar beta1 = Momentum.ToScalar(), rest1 = (1 - Momentum).ToScalar();
        using Scalar beta2 = numbers.Beta2.ToScalar(), rest2 = (1 - numbers.Beta2).ToScalar();
        torch.Tensor mean = slot.Buffer(0).mul_(beta1).add_(change, rest1);
        torch.Tensor square = slot.Buffer(1).mul_(beta2).addcmul_(change, change, rest2);
        if (numbers.Amsgrad)
        {
            square = slot.Keep(2, torch.maximum(slot.Buffer(2), square));
        }

        using Scalar rate = (-learningRate / (1 - Math.Pow(Momentum, slot.Steps))).ToScalar();
        using Scalar correction = Math.Sqrt(1 - Math.Pow(numbers.Beta2, slot.Steps)).ToScalar();
        using Scalar epsilon = numbers.Epsilon.ToScalar();
        using torch.Tensor divisor = square.sqrt().div_(correction).add_(epsilon, Scalars.One);
        slot.Parameter.addcdiv_(mean, divisor, rate);
    }

    protected override unsafe StretchUpdate? OfStretch(OptimizerSlot slot, double learningRate)
    {
        slot.Buffer(0);
        slot.Buffer(1);
        if (numbers.Amsgrad)
        {
            slot.Buffer(2);
        }

        bool isDecoupled = numbers.DecoupledDecay, hasLargest = numbers.Amsgrad;
        float kept = isDecoupled ? (float)(1 - (learningRate * slot.WeightDecay)) : 1, decay = isDecoupled ? 0 : (float)slot.WeightDecay;
        float beta1 = (float)Momentum, rest1 = (float)(1 - Momentum);
        float beta2 = (float)numbers.Beta2, rest2 = (float)(1 - numbers.Beta2), epsilon = (float)numbers.Epsilon;
        float rate = (float)(-learningRate / (1 - Math.Pow(Momentum, slot.Steps)));
        float correction = (float)Math.Sqrt(1 - Math.Pow(numbers.Beta2, slot.Steps));
        return Update;

        // Compiled in full at once: its first steps are as long as all others.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        void Update(in Stretch stretch)
        {
            Vector<float> keep = new(kept), add = new(decay), b1 = new(beta1), r1 = new(rest1), b2 = new(beta2), r2 = new(rest2);
            Vector<float> step = new(rate), divisor = new(correction), floor = new(epsilon);
            float* weights = stretch.Weights, gradients = stretch.Gradients;
            for (int i = 0; i < stretch.Count; i += Vector<float>.Count)
            {
                Vector<float> weight = Vector.Load(weights + i), gradient = Vector.Load(gradients + i);
                gradient = Vector.FusedMultiplyAdd(weight, add, gradient);
                Vector<float> mean = Vector.FusedMultiplyAdd(gradient, r1, Vector.Load(stretch.First + i) * b1);
                Vector<float> square = Vector.FusedMultiplyAdd(r2 * gradient, gradient, Vector.Load(stretch.Second + i) * b2);
                mean.Store(stretch.First + i);
                square.Store(stretch.Second + i);
                if (hasLargest)
                {
                    square = Vector.Max(Vector.Load(stretch.Third + i), square);
                    square.Store(stretch.Third + i);
                }

                ((weight * keep) + (step * mean / ((Vector.SquareRoot(square) / divisor) + floor))).Store(weights + i);
            }
        }
    }
}
