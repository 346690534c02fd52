namespace TransferLearning;

/// <summary>The mean binary cross entropy of the logistic function of the outputs, each a decision of its own: PyTorch's
/// <c>nn.BCEWithLogitsLoss</c>.</summary>
public sealed record BinaryCrossEntropyLoss : LabelLoss
{
    /// <summary>Creates the loss.</summary>
    /// <param name="positiveWeights">How much each label counts where it holds, one number of at least 0 per label: above 1 finds more of
    /// rare labels. Null for 1.</param>
    /// <param name="labelWeights">How much each label counts in either case, one number of at least 0 per label; null for 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public BinaryCrossEntropyLoss(IEnumerable<double>? positiveWeights = null, IEnumerable<double>? labelWeights = null)
    {
        PositiveWeights = Weights(positiveWeights, nameof(positiveWeights));
        LabelWeights = Weights(labelWeights, nameof(labelWeights));
        if (PositiveWeights is not null && LabelWeights is not null && PositiveWeights.Count != LabelWeights.Count)
        {
            throw new ArgumentException(
                $"There are {PositiveWeights.Count} positive weights and {LabelWeights.Count} label weights; give one of each per label.",
                nameof(labelWeights));
        }
    }

    /// <summary>How much each label counts where it holds; null for 1.</summary>
    public IReadOnlyList<double>? PositiveWeights { get; }

    /// <summary>How much each label counts in either case; null for 1.</summary>
    public IReadOnlyList<double>? LabelWeights { get; }

    /// <inheritdoc/>
    internal override int? OutputCount => PositiveWeights?.Count ?? LabelWeights?.Count;

    /// <inheritdoc/>
    private protected override Tensor Each(Tensor outputs, Tensor targets)
        => nn.functional.binary_cross_entropy_with_logits(
            outputs,
            targets,
            PerOutput(LabelWeights, outputs, "label weights"),
            nn.Reduction.None,
            PerOutput(PositiveWeights, outputs, "positive weights"));
}
