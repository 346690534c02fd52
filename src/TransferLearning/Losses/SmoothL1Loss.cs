namespace TransferLearning;

/// <summary>Absolute error, rounded off near 0 (Girshick, "Fast R-CNN", 2015): d²/(2 beta) below <see cref="Beta"/>, then |d| - beta/2.
/// PyTorch's <c>nn.SmoothL1Loss</c>.</summary>
public sealed record SmoothL1Loss : NumberLoss
{
    /// <summary>Creates the loss.</summary>
    /// <param name="beta">Below which error the square counts, at least 0, in the unit of the targets; 0 is the absolute error, whose
    /// gradient is 0 where the error is.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is not at least 0 and finite.</exception>
    public SmoothL1Loss(double beta = 1) => Beta = ValidNumber.NotNegative(beta, nameof(beta));

    /// <summary>Below which error the square counts.</summary>
    public double Beta { get; }

    /// <inheritdoc/>
    private protected override Tensor Each(Tensor outputs, Tensor targets)
        => Beta == 0
            ? nn.functional.l1_loss(outputs, targets, nn.Reduction.None)
            : nn.functional.smooth_l1_loss(outputs, targets, nn.Reduction.None, Beta);
}
