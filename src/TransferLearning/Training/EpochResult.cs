namespace TransferLearning;

/// <summary>What one epoch gave.</summary>
/// <param name="Epoch">Its number, from 1.</param>
/// <param name="Loss">The mean training loss over its samples.</param>
/// <param name="Accuracy">The share of training samples classified rightly while they were trained on, 0 to 1; not a number for a task without right and wrong.</param>
/// <param name="LearningRate">The learning rate of its last step.</param>
/// <param name="Seconds">How long it took, with its validation.</param>
/// <param name="SamplesPerSecond">Training samples a second, without validation.</param>
public sealed record EpochResult(int Epoch, double Loss, double Accuracy, double LearningRate, double Seconds, double SamplesPerSecond)
{
    /// <summary>The mean loss over the validation set; null when there is none.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>The share of validation samples classified rightly, 0 to 1; null when there is none, or no right and wrong.</summary>
    public double? ValidationAccuracy { get; init; }
}
