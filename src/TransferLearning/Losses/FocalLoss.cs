namespace TransferLearning;

/// <summary>Cross entropy in which an example counts the less the surer the network is of it (Lin et al., "Focal Loss for Dense Object
/// Detection", 2017), in the form for one class of several: -alpha (1 - p)^gamma ln p of the true class. For labels that may hold together
/// <see cref="SigmoidFocalLoss"/> is the form.</summary>
/// <remarks>Of class probabilities the sum over classes, each with its probability.</remarks>
public sealed record FocalLoss : ClassLoss
{
    // Below it a probability counts as 0, and the power of it has no gradient.
    private const double Smallest = 1e-30;

    /// <summary>Creates the loss.</summary>
    /// <param name="gamma">How quickly sure examples stop counting, at least 0; 0 is cross entropy.</param>
    /// <param name="classWeights">Alpha of each class, one number of at least 0 per class; null for all alike. The mean is over the
    /// examples, not over the weights.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public FocalLoss(double gamma = 2, IEnumerable<double>? classWeights = null)
        : base(classWeights) => Gamma = ValidNumber.NotNegative(gamma, nameof(gamma));

    /// <summary>How quickly sure examples stop counting.</summary>
    public double Gamma { get; }

    /// <inheritdoc/>
    public override Tensor ComputeEach(Tensor outputs, Tensor targets)
    {
        Check(outputs, targets);
        using DisposeScope scope = NewDisposeScope();
        bool areNumbers = !targets.is_floating_point();
        Tensor logarithms = nn.functional.log_softmax(outputs, 1);
        Tensor? alpha = PerOutput(ClassWeights, outputs, "class weights");
        if (areNumbers)
        {
            logarithms = logarithms.gather(1, targets.unsqueeze(1)).squeeze(1);
            alpha = alpha?.index_select(0, targets);
        }

        using Scalar smallest = Smallest.ToScalar(), gamma = Gamma.ToScalar();
        Tensor each = logarithms.expm1().neg().clamp_min(smallest).pow(gamma).mul(logarithms).neg();
        each = alpha is null ? each : each.mul(alpha);
        return (areNumbers ? each : each.mul(targets).sum(1)).MoveToOuterDisposeScope();
    }
}
