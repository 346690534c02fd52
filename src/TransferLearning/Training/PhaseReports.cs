namespace TransferLearning;

/// <summary>What a phase reports, with the places of the whole run: its epochs and steps are counted on from those before it.</summary>
/// <param name="phase">What it is called.</param>
/// <param name="before">What was done before it.</param>
/// <param name="epochs">How many epochs the whole run has.</param>
/// <param name="phaseEpochs">How many of them this phase has.</param>
/// <param name="hasBegun">Whether a phase was reported before.</param>
/// <param name="progress">Receives progress.</param>
/// <param name="observers">Receive events.</param>
internal sealed class PhaseReports(
    string phase, TrainingHistory before, int epochs, int phaseEpochs, bool hasBegun, IProgress<TrainingProgress>? progress,
    IReadOnlyList<IProgress<TrainingEvent>> observers) : IProgress<TrainingProgress>, IProgress<TrainingEvent>
{
    private readonly int _epochs = before.Epochs.Count;
    private bool _hasBegun = hasBegun;

    /// <summary>The history of the whole run so far.</summary>
    /// <param name="history">That of the phase.</param>
    public TrainingHistory Joined(TrainingHistory history) => history with
    {
        Epochs = [.. before.Epochs, .. history.Epochs.Select(Placed)],
        BestEpoch = history.BestEpoch == 0 ? before.BestEpoch : _epochs + history.BestEpoch,
        StopReason = history.StopReason == StopReason.Completed && before.StopReason == StopReason.TimeLimit
            ? StopReason.TimeLimit
            : history.StopReason,
        Skipped = before.Skipped.And(history.Skipped),
        Seconds = before.Seconds + history.Seconds,
        Steps = before.Steps + history.Steps,

        // The first of a phase may be that of the weights it began with, which the phase before it has already, but for a probe.
        Evaluations =
            [.. before.Evaluations, .. history.Evaluations.Where(evaluation => evaluation.Step > 0 || before.Steps == 0).Select(Placed)],
    };

    public void Report(TrainingProgress value) => progress!.Report(value with
    {
        Epoch = _epochs + value.Epoch,
        Epochs = epochs,
        Elapsed = TimeSpan.FromSeconds(before.Seconds) + value.Elapsed,
        EpochResult = value.EpochResult is { } result ? Placed(result) : null,
    });

    public void Report(TrainingEvent value)
    {
        TrainingEvent? placed = value switch
        {
            // A whole run begins once, and ends once, which whoever runs the phases reports.
            TrainingEvent.Started started when !_hasBegun => started with { TotalSteps = started.TotalSteps / phaseEpochs * epochs },
            TrainingEvent.Started or TrainingEvent.Ended => null,
            TrainingEvent.StepTaken step => step with { Epoch = _epochs + step.Epoch },
            TrainingEvent.Evaluated evaluated => evaluated with { Evaluation = Placed(evaluated.Evaluation) },
            TrainingEvent.EpochEnded ended => ended with { Result = Placed(ended.Result) },
            _ => value,
        };
        _hasBegun |= value is TrainingEvent.Started;
        foreach (IProgress<TrainingEvent> observer in placed is null ? [] : observers)
        {
            observer.Report(placed! with { Step = before.Steps + value.Step });
        }
    }

    private EpochResult Placed(EpochResult result) => result with { Epoch = _epochs + result.Epoch, Phase = phase };

    private TrainingEvaluation Placed(TrainingEvaluation evaluation)
        => evaluation with { Epoch = _epochs + evaluation.Epoch, Step = before.Steps + evaluation.Step };
}
