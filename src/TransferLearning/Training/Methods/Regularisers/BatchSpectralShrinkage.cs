namespace TransferLearning;

/// <summary>
/// Makes the smallest singular values of each batch's features smaller, which are what a pretrained network brings and the new task has no
/// use for: BSS (Chen et al., "Catastrophic Forgetting Meets Negative Transfer: Batch Spectral Shrinkage for Safe Transfer Learning",
/// 2019). eta · the sum of the squares of the k smallest is added to the loss. It sees one batch at a time.
/// </summary>
public sealed record BatchSpectralShrinkage : TrainingMethod
{
    /// <summary>Creates the method.</summary>
    /// <param name="eta">The factor of the penalty, at least 0.</param>
    /// <param name="count">k, how many singular values, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public BatchSpectralShrinkage(double eta = 0.001, int count = 1)
        => (Eta, Count) = (ValidNumber.NotNegative(eta, nameof(eta)), ValidNumber.AtLeast(count, 1, nameof(count)));

    /// <summary>The factor of the penalty.</summary>
    public double Eta { get; }

    /// <summary>How many singular values.</summary>
    public int Count { get; }

    /// <inheritdoc/>
    public override TrainingMethodState Begin(TrainingMethodContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return SpectralPenalty.Begin(this, context.Network, Eta, Count, isLargest: false);
    }
}
