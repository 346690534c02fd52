namespace TransferLearning;

/// <summary>Squared error near 0 and absolute error farther out, so that outliers pull less (Huber, 1964): d²/2 up to
/// <see cref="Delta"/>, then delta (|d| - delta/2). PyTorch's <c>nn.HuberLoss</c>.</summary>
public sealed record HuberLoss : NumberLoss
{
    /// <summary>Creates the loss.</summary>
    /// <param name="delta">Up to which error the square counts, above 0, in the unit of the targets.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is not above 0 and finite.</exception>
    public HuberLoss(double delta = 1) => Delta = ValidNumber.Positive(delta, nameof(delta));

    /// <summary>Up to which error the square counts.</summary>
    public double Delta { get; }

    /// <inheritdoc/>
    private protected override Tensor Each(Tensor outputs, Tensor targets)
        => nn.functional.huber_loss(outputs, targets, Delta, nn.Reduction.None);
}
