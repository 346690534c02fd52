namespace TransferLearning;

/// <summary>The mean cross entropy of the softmax of the outputs: PyTorch's <c>nn.CrossEntropyLoss</c>.</summary>
/// <remarks>With class weights the mean is weighted too: the sum of weight times loss over the sum of weights. Besides class numbers it
/// takes class probabilities, [N, classes] floating point, as mixing examples makes them; the mean is over the examples then.</remarks>
public sealed record CrossEntropyLoss : ClassLoss
{
    /// <summary>Creates the loss.</summary>
    /// <param name="labelSmoothing">What share of the truth is spread evenly over all classes, from 0 to 1.</param>
    /// <param name="classWeights">How much each class counts, one number of at least 0 per class; null for all alike.
    /// <see cref="ClassWeighting"/> computes them from how many samples each class has.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public CrossEntropyLoss(double labelSmoothing = 0, IEnumerable<double>? classWeights = null)
        : base(classWeights) => LabelSmoothing = ValidNumber.Fraction(labelSmoothing, nameof(labelSmoothing));

    /// <summary>What share of the truth is spread evenly over all classes.</summary>
    public double LabelSmoothing { get; }

    /// <summary>The class-balanced loss (Cui et al., "Class-Balanced Loss Based on Effective Number of Samples", 2019): each class counts
    /// by the inverse of the effective number of its samples, (1 - beta^n) / (1 - beta); the weights add up to the number of
    /// classes.</summary>
    /// <param name="counts">How many samples each class has.</param>
    /// <param name="beta">From 0, which weighs all classes alike, to below 1, which comes to the inverse of the counts.</param>
    /// <exception cref="ArgumentException">There is no count, one is negative, or all are 0.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="beta"/> is not in its range.</exception>
    public static CrossEntropyLoss ClassBalanced(IReadOnlyList<int> counts, double beta = 0.999)
        => new(classWeights: ClassWeighting.EffectiveNumber(beta).Of(counts));

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The shapes do not fit, a label is no class of the network, or there are not as many weights as
    /// classes.</exception>
    public override Tensor Compute(Tensor outputs, Tensor targets) => Compute(outputs, targets, nn.Reduction.Mean);

    /// <inheritdoc/>
    public override Tensor ComputeEach(Tensor outputs, Tensor targets) => Compute(outputs, targets, nn.Reduction.None);

    /// <inheritdoc/>
    public override double Share(Tensor targets)
    {
        ArgumentNullException.ThrowIfNull(targets);
        return ClassWeights is null || targets.is_floating_point()
            ? base.Share(targets)
            : targets.data<long>().Sum(label => ClassWeights[(int)label]);
    }

    private Tensor Compute(Tensor outputs, Tensor targets, nn.Reduction reduction)
    {
        Check(outputs, targets);
        using Tensor? weights = PerOutput(ClassWeights, outputs, "class weights");
        return nn.functional.cross_entropy(outputs, targets, weights, reduction: reduction, label_smoothing: LabelSmoothing);
    }
}
