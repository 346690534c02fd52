namespace TransferLearning;

/// <summary>Predicting the next token of texts or of blocks of tokens.</summary>
public sealed record CausalLanguageModeling : LearningTask
{
    /// <inheritdoc/>
    public override string Name => "causal language modelling";

    /// <inheritdoc/>
    public override HeadSpec Head => new(HeadKind.Vocabulary);

    /// <inheritdoc/>
    internal override LossTargets? Truth => LossTargets.Classes;

    /// <inheritdoc/>
    public override void Check(Dataset dataset)
    {
        // Every text will do.
    }

    /// <inheritdoc/>
    public override Tensor CollateTargets(IReadOnlyList<Example> examples, ModelInput input)
    {
        TokenInput tokens = (TokenInput)input;
        using TorchSharp.DisposeScope scope = NewDisposeScope();
        Tensor next = where(
            tokens.Mask.eq(Scalars.One),
            tokens.Ids,
            Scalars.Full(tokens.Ids.shape, TokenExample.NoLabel, tokens.Ids.dtype, tokens.Ids.device));
        return next.narrow(1, 1, tokens.Length - 1).contiguous().MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override StepLoss Compute(ForwardPass pass, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(pass);
        ArgumentNullException.ThrowIfNull(batch);
        (Tensor logits, _) = pass.Run(batch.Input); // [N, L, V]
        (Tensor rows, Tensor labels) = TokenTargets.Labelled(pass.There(batch.Targets).flatten());
        return TokenTargets.Loss(Loss, logits.narrow(1, 0, logits.size(1) - 1).flatten(0, 1).index_select(0, rows), labels);
    }

    /// <inheritdoc/>
    public override TaskMetric CreateMetric(Dataset dataset) => new LanguageMetric();
}
