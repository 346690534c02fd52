namespace TransferLearning;

/// <summary>fastai's <c>fine_tune</c>: the head alone for an epoch, then everything at half the rate, earlier stages more slowly, each with
/// one cycle of the rate.</summary>
/// <remarks>
/// <para>Defaults and definition are those of <c>Learner.fine_tune</c> and <c>fit_one_cycle</c> in fastai 2 (Howard and Gugger, "fastai: A
/// Layered API for Deep Learning", 2020). The optimizer's rate is <c>base_lr</c>, there 2e-3, and the optimizer Adam with decoupled decay
/// 0.01: <c>new AdamW(2e-3, beta2: 0.99, epsilon: 1e-5)</c>. <see cref="FineTuneOptions.Epochs"/> is <c>epochs</c>, those of the second
/// phase.</para>
/// <para>Batch norms of the frozen backbone are frozen with it, which lets its features be computed once; fastai trains them
/// (<c>train_bn=True</c>). Rates are spread over the network's stages; fastai spreads them over two or three groups.</para>
/// </remarks>
public sealed record FastAiRecipe : Recipe
{
    // fit_one_cycle's div_final: the last rate is the largest divided by this.
    private const double FinalDivisor = 1e5;

    /// <summary>How many epochs the head is trained alone. Default: 1, fastai's <c>freeze_epochs</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is not positive.</exception>
    public int FrozenEpochs { get; init => field = ValidNumber.AtLeast(value, 1, nameof(FrozenEpochs)); } = 1;

    /// <summary>How many times smaller the first stage's rate is than the head's in the second phase. Default: 100, fastai's
    /// <c>lr_mult</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is below 1, or not finite.</exception>
    public double RateDivisor
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(RateDivisor));
            field = ValidNumber.Finite(value, nameof(RateDivisor));
        }
    }
    = 100;

    /// <summary>What part of the second phase's cycle the climb takes. Default: 0.3, fastai's <c>pct_start</c>; it is 0.99 in the
    /// first.</summary>
    public double ClimbShare { get; init; } = 0.3;

    /// <summary>What the largest rate is divided by at the start of the second phase. Default: 5, fastai's <c>div</c>; it is 25 in the
    /// first.</summary>
    public double StartDivisor { get; init; } = 5;

    /// <inheritdoc/>
    public override IReadOnlyList<RecipePhase> PhasesOf(IReadOnlyList<NetworkStage> stages) =>
    [
        new RecipePhase("head")
        {
            From = RecipePhase.HeadOnly,
            Epochs = FrozenEpochs,
            Schedule = Cycle(0.99, 25),
        },
        new RecipePhase("all")
        {
            RateFactor = 0.5,
            Rates = StageRates.Spread(1 / RateDivisor),
            Schedule = Cycle(ClimbShare, StartDivisor),
        },
    ];

    private static OneCycleSchedule Cycle(double climbShare, double startDivisor)
        => new(climbShare: climbShare, startDivisor: startDivisor, finalDivisor: FinalDivisor / startDivisor) { EndsAfterLastStep = true };
}
