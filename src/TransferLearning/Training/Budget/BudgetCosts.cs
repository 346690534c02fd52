namespace TransferLearning;

/// <summary>What a run is made of, and what each part was measured to take.</summary>
internal sealed record BudgetCosts
{
    private const double SlowerForm = 2;

    /// <summary>How many epochs are asked for.</summary>
    public required int Epochs { get; init; }

    /// <summary>How many batches an epoch has.</summary>
    public required int Batches { get; init; }

    /// <summary>How many batches make a step.</summary>
    public int AccumulationSteps { get; init; } = 1;

    /// <summary>How many batches the validation set has; 0 for none.</summary>
    public int ValidationBatches { get; init; }

    /// <summary>After how many steps it is evaluated, besides the end of each epoch; null for never.</summary>
    public int? EvaluateEvery { get; init; }

    /// <summary>A step on samples.</summary>
    public MeasuredMean Step { get; init; }

    /// <summary>An evaluation on samples.</summary>
    public PassCosts Validation { get; init; }

    /// <summary>What the frozen part takes where it is computed once; null where it cannot be kept.</summary>
    public PassCosts? Features { get; init; }

    /// <summary>A step on what the frozen part gave.</summary>
    public MeasuredMean StepOnFeatures { get; init; }

    /// <summary>How many views of each sample may be kept; 1 for samples that are always the same.</summary>
    public int MostViews { get; init; } = 1;

    /// <summary>Whether every epoch draws samples anew, so that views which are used again are a loss.</summary>
    public bool Draws { get; init; }

    /// <summary>How many steps an epoch of so many batches has.</summary>
    public int StepsOf(int batches) => (batches + AccumulationSteps - 1) / AccumulationSteps;

    /// <summary>How long so many epochs of so many batches take.</summary>
    /// <param name="views">How many views of each sample are computed once; 0 for a run on samples.</param>
    /// <param name="epochs">The number of epochs.</param>
    /// <param name="batches">The number of batches of each.</param>
    public TimeEstimate Estimate(int views, int epochs, int batches)
    {
        int steps = StepsOf(batches);
        double evaluations = ValidationBatches == 0 ? 0 : epochs * (1 + (EvaluateEvery is { } every ? (steps - 1) / every : 0));
        if (views == 0)
        {
            return TimeEstimate.Of(
                (Step, (double)epochs * steps),
                (Validation.First, evaluations),
                (Validation.Next, evaluations * Math.Max(ValidationBatches - 1, 0)));
        }

        // An evaluation on features is no more than the forward half of steps.
        PassCosts features = Features!.Value;
        int passes = views + (ValidationBatches > 0 ? 1 : 0);
        return TimeEstimate.Of(
            (features.First, passes),
            (features.Next, (views * (Batches - 1.0)) + Math.Max(ValidationBatches - 1, 0)),
            (StepOnFeatures, ((double)epochs * steps) + (evaluations * ValidationBatches / AccumulationSteps)));
    }

    /// <summary>How a run on one view of each sample is divided: what is computed once for training samples and for those of validation,
    /// and the rest.</summary>
    /// <param name="seconds">What it takes.</param>
    public (double Training, double Validation, double Others) Divided(double seconds)
    {
        PassCosts features = Features!.Value;
        double training = Pass(Batches), validation = ValidationBatches > 0 ? Pass(ValidationBatches) : 0;
        return (training, validation, Math.Max(seconds - training - validation, 0));

        double Pass(int batches) => features.First.Mean + (features.Next.Mean * (batches - 1));
    }

    /// <summary>These costs with guesses in the place of what was not measured: an evaluation takes half a step for a batch, without a
    /// backward pass, and a step for the first; a step on samples takes what is frozen, which may run in a slower form then, and a step on
    /// what that gives.</summary>
    public BudgetCosts Guessed()
    {
        MeasuredMean step = Step.Count > 0 || Features is not { } features
            ? Step
            : MeasuredMean.Of([(SlowerForm * AccumulationSteps * features.Next.Mean) + StepOnFeatures.Mean]);
        double batch = step.Mean / AccumulationSteps;
        return this with
        {
            Step = step,
            Validation = ValidationBatches == 0 ? default : new PassCosts(MeasuredMean.Of([batch]), MeasuredMean.Of([batch / 2])),
        };
    }

    /// <summary>
    /// What is kept back at the end, so that what was learned last is evaluated: the time of an evaluation at most, and of a step as far as
    /// the plan leaves time for it.
    /// </summary>
    /// <param name="views">How many views of each sample are computed once; 0 for a run on samples.</param>
    /// <param name="slack">The time that the plan leaves, in seconds.</param>
    public double Reserve(int views, double slack)
    {
        TimeEstimate step = TimeEstimate.Of((views == 0 ? Step : StepOnFeatures, 1));
        TimeEstimate evaluation = views == 0
            ? TimeEstimate.Of((Validation.First, ValidationBatches > 0 ? 1 : 0), (Validation.Next, Math.Max(ValidationBatches - 1, 0)))
            : TimeEstimate.Of((StepOnFeatures, (double)ValidationBatches / AccumulationSteps));
        return evaluation.Planned + Math.Clamp(slack, 0, step.Planned);
    }
}
