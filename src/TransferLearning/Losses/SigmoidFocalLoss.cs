namespace TransferLearning;

/// <summary>Binary cross entropy in which a decision counts the less the surer the network is of it (Lin et al., "Focal Loss for Dense
/// Object Detection", 2017): torchvision's <c>sigmoid_focal_loss</c>, for labels that may hold together.</summary>
public sealed record SigmoidFocalLoss : LabelLoss
{
    // Below it a probability counts as 0, and the power of it has no gradient.
    private const double Smallest = 1e-30;

    /// <summary>Creates the loss.</summary>
    /// <param name="gamma">How quickly sure decisions stop counting, at least 0.</param>
    /// <param name="alpha">How much labels that hold count, from 0 to 1; those that do not count one less alpha. Null: both alike,
    /// 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public SigmoidFocalLoss(double gamma = 2, double? alpha = 0.25)
    {
        Gamma = ValidNumber.NotNegative(gamma, nameof(gamma));
        Alpha = alpha is { } share ? ValidNumber.Fraction(share, nameof(alpha)) : null;
    }

    /// <summary>How quickly sure decisions stop counting.</summary>
    public double Gamma { get; }

    /// <summary>How much labels that hold count; null for both alike.</summary>
    public double? Alpha { get; }

    /// <inheritdoc/>
    private protected override Tensor Each(Tensor outputs, Tensor targets)
    {
        using Scalar smallest = Smallest.ToScalar(), gamma = Gamma.ToScalar();
        Tensor unsure = Either(targets, outputs.neg().sigmoid(), outputs.sigmoid());
        Tensor each = nn.functional.binary_cross_entropy_with_logits(outputs, targets, reduction: nn.Reduction.None)
            .mul(unsure.clamp_min(smallest).pow(gamma));
        return Alpha is { } alpha ? each.mul(targets.Multiply((2 * alpha) - 1).Add(1 - alpha)) : each;
    }
}
