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
}
