namespace TransferLearning;

/// <summary>No task yet: the network gives features. It cannot be trained or evaluated before it has a head.</summary>
public sealed record FeatureExtraction : LearningTask
{
    /// <inheritdoc/>
    public override string Name => "feature extraction";

    /// <inheritdoc/>
    public override HeadSpec Head => new(HeadKind.None);

    /// <inheritdoc/>
    internal override LossTargets? Truth => LossTargets.None;

    /// <inheritdoc/>
    public override void Check(Dataset dataset) => throw Refused();

    /// <inheritdoc/>
    public override Tensor CollateTargets(IReadOnlyList<Example> examples, ModelInput input)
    {
        ArgumentNullException.ThrowIfNull(examples);
        return zeros([examples.Count], int64);
    }

    /// <inheritdoc/>
    public override StepLoss Compute(ForwardPass pass, Batch batch) => throw Refused();

    /// <inheritdoc/>
    public override TaskMetric CreateMetric(Dataset dataset) => throw Refused();

    private static ArgumentException Refused()
        => new(
            "This model has no head that learns from samples. Call ReplaceHead(classes), or For(…) with a task: MultiLabelClassification, "
                + "Regression, TokenClassification, QuestionAnswering, MaskedLanguageModeling.");
}
