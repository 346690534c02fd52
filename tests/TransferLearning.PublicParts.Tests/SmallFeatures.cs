using TorchSharp;
using static TorchSharp.torch;

namespace PublicParts.Tests;

/// <summary>A method of one's own, with a parameter of its own: penalises a learned multiple of what enters the head.</summary>
/// <param name="Strength">What the penalty is multiplied by.</param>
internal sealed record SmallFeatures(double Strength) : TrainingMethod
{
    public override TrainingMethodState Begin(TrainingMethodContext context) => new State(Strength);

    private sealed class State(double strength) : TrainingMethodState
    {
        private readonly Tensor _factor = ones(1).requires_grad_().DetachFromDisposeScope();

        public override IReadOnlyList<(string Name, Tensor Parameter, double RateFactor)> Parameters => [("factor", _factor, 1)];

        public override StepLoss Compute(MethodStep step, Func<Batch, StepLoss> next)
        {
            StepLoss loss = next(step.Batch);
            return loss with { Loss = loss.Loss.add(step.Features!.mul(_factor).square().mean().mul(strength)) };
        }

        protected override void Dispose(bool disposing)
        {
            _factor.Dispose();
            base.Dispose(disposing);
        }
    }
}
