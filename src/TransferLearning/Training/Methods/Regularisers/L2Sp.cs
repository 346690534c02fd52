namespace TransferLearning;

/// <summary>
/// Holds the weights of the backbone near where they began, instead of near 0 as weight decay does, and those of the head near 0: alpha / 2
/// · |w − w0|² + beta / 2 · |head|² is added to the loss (Li, Grandvalet and Davoine, "Explicit Inductive Bias for Transfer Learning with
/// Convolutional Networks", 2018). It takes the place of weight decay: leave that of the optimizer at 0.
/// </summary>
public sealed record L2Sp : TrainingMethod
{
    /// <summary>Creates the method.</summary>
    /// <param name="alpha">The factor of the distance of the backbone from its start, at least 0; choose it on validation data.</param>
    /// <param name="beta">The factor of the head, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public L2Sp(double alpha = 0.1, double beta = 0.01)
        => (Alpha, Beta) = (ValidNumber.NotNegative(alpha, nameof(alpha)), ValidNumber.NotNegative(beta, nameof(beta)));

    /// <summary>The factor of the distance of the backbone from its start.</summary>
    public double Alpha { get; }

    /// <summary>The factor of the head.</summary>
    public double Beta { get; }

    /// <inheritdoc/>
    public override bool ServesProcesses => true;

    /// <inheritdoc/>
    public override TrainingMethodState Begin(TrainingMethodContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new State(this, BackboneAndHead.Of(context.Network));
    }

    private sealed class State(L2Sp method, BackboneAndHead weights) : TrainingMethodState
    {
        private readonly Tensor[] _starts = [.. weights.Backbone.Select(WeightSnapshot.Copy)];

        public override StepLoss Compute(MethodStep step, Func<Batch, StepLoss> next)
        {
            ArgumentNullException.ThrowIfNull(step);
            ArgumentNullException.ThrowIfNull(next);
            StepLoss result = next(step.Batch);
            Tensor penalty = WeightDistance.Of(weights.Backbone.Zip(_starts), weights.Head, method.Alpha, method.Beta);
            return result with { Loss = result.Loss.Add(penalty) };
        }

        protected override void Dispose(bool disposing)
        {
            Array.ForEach(_starts, start => start.Dispose());
            base.Dispose(disposing);
        }
    }
}
