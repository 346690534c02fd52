namespace TransferLearning;

/// <summary>Penalties on the singular values of a batch's features.</summary>
internal static class SpectralPenalty
{
    /// <summary>The singular values of features, falling.</summary>
    /// <param name="features">[N, d].</param>
    public static Tensor Values(Tensor features) => linalg.svdvals(features);

    /// <summary>The sum of the squares of the k smallest of min(N, d) singular values (Chen et al., "Catastrophic Forgetting Meets Negative
    /// Transfer", 2019), or of the k largest (Chen et al., "Transferability vs. Discriminability", 2019).</summary>
    /// <param name="features">[N, d].</param>
    /// <param name="count">How many, at most all.</param>
    /// <param name="isLargest">Whether the largest are meant.</param>
    public static Tensor Of(Tensor features, int count, bool isLargest)
    {
        using Tensor values = Values(features);
        long taken = Math.Min(count, values.size(0));
        using Tensor part = values.narrow(0, isLargest ? 0 : values.size(0) - taken, taken);
        using Tensor squares = part.Square();
        return squares.sum();
    }

    /// <summary>Begins a run in which a method adds the penalty to every step's loss, on what entered the head: a vector for each example
    /// or the mean over the places of a map.</summary>
    /// <exception cref="ArgumentException">The network does not give its head one vector or map for each example.</exception>
    public static TrainingMethodState Begin(TrainingMethod method, Network network, double factor, int count, bool isLargest)
        => network.HeadKind == HeadKind.Pooled
            ? new State(factor, count, isLargest)
            : throw new ArgumentException(
                $"{method.GetType().Name} looks at one vector of features for each example, and {network.GetName()} has a head of the kind "
                    + $"{network.HeadKind}: leave it out, or train a task for whole examples.");

    private sealed class State(double factor, int count, bool isLargest) : TrainingMethodState
    {
        public override StepLoss Compute(MethodStep step, Func<Batch, StepLoss> next)
        {
            ArgumentNullException.ThrowIfNull(step);
            ArgumentNullException.ThrowIfNull(next);
            StepLoss result = next(step.Batch);
            Tensor features = step.Features ?? throw new InvalidOperationException("The task ran no head, so there are no features.");
            Tensor rows = features.dim() == 2 ? features : features.flatten(2).mean([2]);
            return result with { Loss = result.Loss.Add(Of(rows, count, isLargest).Multiply(factor)) };
        }
    }
}
