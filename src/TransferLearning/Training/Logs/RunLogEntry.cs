namespace TransferLearning;

/// <summary>What a log holds of one event.</summary>
/// <param name="Step">After how many steps it happened.</param>
/// <param name="Epoch">In which epoch, from 1.</param>
/// <param name="Kind">Which of the kinds.</param>
internal sealed record RunLogEntry(long Step, int Epoch, string Kind)
{
    public const string Training = "training";
    public const string Validation = "validation";
    public const string EndOfEpoch = "epoch";

    public double? Loss { get; init; }

    public double? Accuracy { get; init; }

    public Score? Score { get; init; }

    public double? LearningRate { get; init; }

    public double? GradientNorm { get; init; }

    public double? SamplesPerSecond { get; init; }

    public double? Seconds { get; init; }

    /// <summary>The entry of an event; null for one that has no numbers.</summary>
    public static RunLogEntry? Of(TrainingEvent happened) => happened switch
    {
        TrainingEvent.StepTaken step => new RunLogEntry(step.Step, step.Epoch, Training)
        {
            Loss = step.Loss,
            LearningRate = step.LearningRate,
            GradientNorm = step.GradientNorm,
        },
        TrainingEvent.Evaluated { Evaluation: { } evaluation } => new RunLogEntry(evaluation.Step, evaluation.Epoch, Validation)
        {
            Loss = evaluation.Loss,
            Score = evaluation.Score,
        },
        TrainingEvent.EpochEnded { Result: { } result } => new RunLogEntry(happened.Step, result.Epoch, EndOfEpoch)
        {
            Loss = result.Loss,
            Accuracy = result.Accuracy,
            LearningRate = result.LearningRate,
            SamplesPerSecond = result.SamplesPerSecond,
            Seconds = result.Seconds,
        },
        _ => null,
    };
}
