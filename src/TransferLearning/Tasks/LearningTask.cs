namespace TransferLearning;

/// <summary>What a model is for: which head it needs, what is to be learned of a sample, the loss, and how good the outputs are. A task is
/// one file; derive a sealed record for one of your own.</summary>
public abstract record LearningTask : IDataCollator
{
    // Metrics over all scores (areas, average precision) need them kept: up to this many, beyond it only counts are.
    private const long LargestScoreTable = 64L << 20;

    /// <summary>What it is called in messages: <c>classification</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Which head the network needs.</summary>
    public abstract HeadSpec Head { get; }

    /// <summary>The loss that training minimises in place of the task's own. Default: null, the task's own.</summary>
    public LossFunction? Loss { get; init; }

    /// <summary>Checks that a data set can be learned from, as far as can be seen without reading it.</summary>
    /// <param name="dataset">The samples.</param>
    /// <exception cref="ArgumentException">It cannot; the message says what is expected.</exception>
    public abstract void Check(Dataset dataset);

    /// <inheritdoc/>
    public virtual Example Encode(PaddedPreprocessor preprocessor, Sample sample, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(preprocessor);
        return preprocessor.Apply(sample, ref random);
    }

    /// <inheritdoc/>
    public virtual ModelInput CollateInput(PaddedPreprocessor preprocessor, IReadOnlyList<Example> examples, int? length)
    {
        ArgumentNullException.ThrowIfNull(preprocessor);
        return preprocessor.Collate(examples, length);
    }

    /// <inheritdoc/>
    public abstract Tensor CollateTargets(IReadOnlyList<Example> examples, ModelInput input);

    /// <summary>Runs a batch and computes its loss. Everything joins the caller's dispose scope; the batch stays the caller's.</summary>
    /// <param name="pass">Runs the network.</param>
    /// <param name="batch">The examples.</param>
    public abstract StepLoss Compute(ForwardPass pass, Batch batch);

    /// <summary>Begins to measure outputs on a data set.</summary>
    /// <param name="dataset">The samples.</param>
    public abstract TaskMetric CreateMetric(Dataset dataset);

    /// <summary>What became of each sample of a batch: what an evaluation keeps where it is asked to
    /// (<c>EvaluateOptions.Samples</c>). Default: null, the task predicts nothing of whole samples.</summary>
    /// <param name="batch">The batch; it stays the caller's.</param>
    /// <param name="outputs">What <see cref="Compute"/> gave as outputs, in float32 on the CPU; they stay the caller's.</param>
    /// <returns>One for each sample, in the order of the rows.</returns>
    public virtual IReadOnlyList<SampleOutcome>? Outcomes(Batch batch, Tensor outputs) => null;

    /// <summary>The task as an evaluation sees it: with the plain loss, so that numbers of different runs compare.</summary>
    public virtual LearningTask ForEvaluation() => this with { Loss = null };

    /// <summary>What it hands to its loss; null for a task from outside, whose loss refuses by itself what does not fit.</summary>
    internal virtual LossTargets? Truth => null;

    /// <summary>Refuses a loss that learns from something else than this task has.</summary>
    /// <exception cref="ArgumentException">It does, or it has weights for another number of outputs.</exception>
    internal void CheckLoss()
    {
        if (Loss is { Targets: { } needed } && Truth is { } own && own != needed)
        {
            throw new ArgumentException(
                own == LossTargets.None
                    ? $"{Name} has a loss of its own that {Loss.GetType().Name} cannot replace: leave it out."
                    : $"{Loss.GetType().Name} learns from {Described(needed)}, and {Name} from {Described(own)}: choose another loss.");
        }

        if (Loss is { OutputCount: { } count } && Truth is not null && Head.Outputs > 0 && count != Head.Outputs)
        {
            throw new ArgumentException(
                $"{Loss.GetType().Name} has weights for {count} outputs, and the head has {Head.Outputs}: give one for each.");
        }
    }

    private static string Described(LossTargets targets) => targets switch
    {
        LossTargets.Classes => "one class for each sample or token",
        LossTargets.Labels => "labels that may hold together",
        LossTargets.Numbers => "numbers",
        LossTargets.Pixels => "a class for each pixel",
        _ => "the logits of another network",
    };

    /// <summary>The probabilities that outputs stand for, [N, classes]; null for a task that has none of whole samples.</summary>
    internal virtual Tensor? Probabilities(Tensor outputs) => null;

    /// <summary>Whether a model that was for another task gets a new head, though it may have one of the kind that this task needs.
    /// Default: where outputs stand for classes.</summary>
    internal virtual bool NeedsNewHead(LearningTask before) => Head.Kind is HeadKind.Pooled or HeadKind.Tokens;

    /// <summary>Whether every score may be kept for metrics that need them all.</summary>
    private protected static bool KeepsScores(Dataset dataset, int classes) => (long)dataset.Count * classes <= LargestScoreTable;

    /// <summary>The error of a target of another kind.</summary>
    private protected ArgumentException Unfit(Example example, string expected)
        => new($"A sample has a {example.Target.GetType().Name}; {Name} learns from {expected}.");

    /// <summary>The loss of the outputs, and of those of auxiliary heads with their weight.</summary>
    private protected static (Tensor Loss, Tensor Outputs) WithAuxiliary(ForwardPass pass, Batch batch, Func<Tensor, Tensor> loss)
    {
        (Tensor outputs, IReadOnlyList<Tensor> auxiliary) = pass.Run(batch.Input);
        Tensor sum = loss(outputs);
        foreach (Tensor other in auxiliary)
        {
            sum = sum.Add(loss(other).Multiply(pass.Network.AuxiliaryWeight));
        }

        return (sum, outputs);
    }
}
