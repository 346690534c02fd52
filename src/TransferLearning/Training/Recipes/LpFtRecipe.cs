namespace TransferLearning;

/// <summary>LP-FT: a linear probe to convergence, then everything is fine-tuned from there, so that a random head does not distort the
/// features.</summary>
/// <remarks>
/// <para>Kumar, Raghunathan, Jones, Ma and Liang, "Fine-Tuning can Distort Pretrained Features and Underperform Out-of-Distribution"
/// (2022). The authors fit the probe by L2-regularised logistic regression and search the rate of the fine-tuning, which has no published
/// default: it is the optimizer's, with the schedule of <see cref="FineTuneOptions.Schedule"/> (theirs is a cosine).</para>
/// </remarks>
public sealed record LpFtRecipe : Recipe
{
    /// <summary>What fits the head. Where it cannot, and where this is null, the head is trained by the optimizer on features computed
    /// once. Default: <see cref="LogisticProbe"/>.</summary>
    public LinearProbe? Probe { get; init; } = new LogisticProbe();

    /// <summary>How many epochs the head is trained where no probe fits it. Default: null, <see cref="FineTuneOptions.Epochs"/>.</summary>
    public int? ProbeEpochs { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<RecipePhase> PhasesOf(IReadOnlyList<NetworkStage> stages) =>
    [
        new RecipePhase("linear probe") { From = RecipePhase.HeadOnly, Epochs = ProbeEpochs, Probe = Probe },
        new RecipePhase("fine-tuning"),
    ];
}
