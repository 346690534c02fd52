namespace TransferLearning.Samples;

/// <summary>Hands every report to an action, at once and on the training thread.</summary>
internal sealed class ProgressTo(Action<TrainingProgress> action) : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value) => action(value);
}
