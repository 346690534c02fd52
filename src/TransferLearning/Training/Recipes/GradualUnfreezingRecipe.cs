namespace TransferLearning;

/// <summary>Gradual unfreezing: first the head, then the last stage too, then the one before it, until everything is trained.</summary>
/// <remarks>Howard and Ruder, "Universal Language Model Fine-tuning for Text Classification" (2018), section 3.3. Each phase is a run of
/// its own with a new optimizer state and its own schedule, as in the authors' code. The last phase, in which everything is trained, has
/// <see cref="FineTuneOptions.Epochs"/>.</remarks>
public sealed record GradualUnfreezingRecipe : Recipe
{
    /// <summary>ULMFiT: an epoch for each stage, each stage's rate that of the next one divided by 2.6, and a slanted triangle of the rate
    /// in each phase, with the paper's numbers (sections 3.2 and 3.3). The authors' optimizer is Adam with betas 0.7 and 0.99 at the rate
    /// 0.01: <c>new Adam(0.01, beta1: 0.7, beta2: 0.99)</c> (section 4.1).</summary>
    public static GradualUnfreezingRecipe Ulmfit { get; } = new()
    {
        Rates = StageRates.Decaying(1 / 2.6),
        Schedule = new SlantedTriangularSchedule(),
    };

    /// <summary>How many epochs each phase but the last has. Default: 1, as in the paper.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is not positive.</exception>
    public int EpochsEach { get; init => field = ValidNumber.AtLeast(value, 1, nameof(EpochsEach)); } = 1;

    /// <summary>How many stages each phase adds. Default: 1, as in the paper.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is not positive.</exception>
    public int StagesEach { get; init => field = ValidNumber.AtLeast(value, 1, nameof(StagesEach)); } = 1;

    /// <summary>Factors on the rate by stage. Default: null, <see cref="FineTuneOptions.StageRates"/>.</summary>
    public StageRates? Rates { get; init; }

    /// <summary>How the rate moves within each phase. Default: null, <see cref="FineTuneOptions.Schedule"/>.</summary>
    public LearningRateSchedule? Schedule { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<RecipePhase> PhasesOf(IReadOnlyList<NetworkStage> stages)
    {
        List<RecipePhase> phases = [Phase("head") with { From = RecipePhase.HeadOnly, Epochs = EpochsEach }];
        for (int first = stages.Count - StagesEach; first > 0; first -= StagesEach)
        {
            phases.Add(Phase($"from {stages[first].Name}") with { From = stages[first].Name, Epochs = EpochsEach });
        }

        phases.Add(Phase("all"));
        return phases;

        RecipePhase Phase(string name) => new(name) { Rates = Rates, Schedule = Schedule };
    }
}
