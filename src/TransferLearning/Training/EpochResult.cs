namespace TransferLearning;

/// <summary>What one epoch gave.</summary>
/// <param name="Epoch">Its number, from 1.</param>
/// <param name="Loss">The mean training loss over its samples.</param>
/// <param name="Accuracy">The share of training samples predicted correctly while they were trained on, 0 to 1; null for a task that has
/// none.</param>
/// <param name="LearningRate">The learning rate of its last step.</param>
/// <param name="Seconds">How long it took, with its validation.</param>
/// <param name="SamplesPerSecond">Training samples a second, without validation.</param>
public sealed record EpochResult(int Epoch, double Loss, double? Accuracy, double LearningRate, double Seconds, double SamplesPerSecond)
{
    /// <summary>The mean loss over the validation set; null when there is none.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>
    /// The score on the validation set: accuracy, entity F1, …; null when there is no validation set, or the task goes by its loss.
    /// </summary>
    public Score? ValidationScore { get; init; }

    /// <summary>The name of the phase that it belongs to; null without a <see cref="FineTuneOptions.Recipe"/>.</summary>
    public string? Phase { get; init; }

    /// <summary>The validation score where it is the accuracy, 0 to 1; else null.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public double? ValidationAccuracy => ValidationScore is { Name: "accuracy" } score ? score.Value : null;
}
