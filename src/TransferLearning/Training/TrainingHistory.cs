namespace TransferLearning;

/// <summary>What a training run did.</summary>
/// <param name="Epochs">One entry for each finished epoch.</param>
/// <param name="StopReason">Why it ended.</param>
/// <param name="BestEpoch">The epoch (from 1) whose weights the model now has; 0 when no epoch was finished, or none was better than the
/// probe that a <see cref="LpFtRecipe"/> begins with.</param>
/// <param name="TrainedParameters">The number of trained parameters.</param>
/// <param name="Skipped">The damaged samples that were skipped, where the caller allowed that.</param>
/// <param name="Seconds">How long the whole run took.</param>
public sealed record TrainingHistory(
    IReadOnlyList<EpochResult> Epochs, StopReason StopReason, int BestEpoch, long TrainedParameters, SkippedSamples Skipped, double Seconds)
{
    /// <summary>Every evaluation on the validation set, in order; empty when there is none.</summary>
    public IReadOnlyList<TrainingEvaluation> Evaluations { get; init; } = [];

    /// <summary>How many optimizer steps were taken.</summary>
    public long Steps { get; init; }

    /// <summary>What the run was planned to do, and why, where it had a time limit or a memory limit; else null.</summary>
    public BudgetPlan? Plan { get; init; }

    /// <summary>The loss of the last finished epoch; NaN when there is none.</summary>
    public double FinalLoss => Epochs.Count == 0 ? double.NaN : Epochs[^1].Loss;

    /// <summary>A line for each epoch.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        foreach (EpochResult epoch in Epochs)
        {
            text.Append(CultureInfo.InvariantCulture, $"epoch {epoch.Epoch,3}  loss {epoch.Loss:F4}{Share(epoch.Accuracy)}");
            if (epoch.ValidationLoss is { } loss)
            {
                text.Append(CultureInfo.InvariantCulture, $"  validation loss {loss:F4}{Shown(epoch)}");
            }

            text.AppendLine(CultureInfo.InvariantCulture, $"  {epoch.Seconds:F1} s{(epoch.Phase is null ? "" : $"  ({epoch.Phase})")}");
        }

        return text
            .Append(
                CultureInfo.InvariantCulture,
                $"{StopReason}, weights of epoch {BestEpoch}, {TrainedParameters:N0} parameters trained in {Seconds:F1} s")
            .ToString();

        static string Shown(EpochResult epoch) => epoch.ValidationScore is { Name: "accuracy" }
            ? Share(epoch.ValidationAccuracy)
            : epoch.ValidationScore is { } score ? $"  {score}" : "";

        static string Share(double? accuracy)
            => accuracy is null ? "" : string.Create(CultureInfo.InvariantCulture, $"  accuracy {accuracy:P1}");
    }
}
