namespace TransferLearning;

/// <summary>
/// Makes the largest singular values of each batch's features smaller, so that no few directions rule what domains have in common: BSP
/// (Chen et al., "Transferability vs. Discriminability: Batch Spectral Penalization for Adversarial Domain Adaptation", 2019). beta · the
/// sum of the squares of the k largest is added to the loss. It sees one batch at a time.
/// </summary>
public sealed record BatchSpectralPenalization : TrainingMethod
{
    /// <summary>Creates the method.</summary>
    /// <param name="beta">The factor of the penalty, at least 0.</param>
    /// <param name="count">k, how many singular values, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public BatchSpectralPenalization(double beta = 1e-4, int count = 1)
        => (Beta, Count) = (ValidNumber.NotNegative(beta, nameof(beta)), ValidNumber.AtLeast(count, 1, nameof(count)));

    /// <summary>The factor of the penalty.</summary>
    public double Beta { get; }

    /// <summary>How many singular values.</summary>
    public int Count { get; }

    /// <inheritdoc/>
    public override TrainingMethodState Begin(TrainingMethodContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return SpectralPenalty.Begin(this, context.Network, Beta, Count, isLargest: true);
    }
}
