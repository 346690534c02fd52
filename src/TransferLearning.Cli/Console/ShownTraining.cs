using TransferLearning.Reports;

namespace TransferLearning.Cli;

/// <summary>Shows how a training goes: in the console, or as a document for each epoch.</summary>
internal sealed class ShownTraining(ConsoleProgress? console, Action<object> write) : IProgress<TrainingProgress>, IDisposable
{
    public void Report(TrainingProgress value)
    {
        if (console is not null)
        {
            console.Report(value);
        }
        else if (value.EpochResult is { } epoch)
        {
            write(Document(epoch));
        }
    }

    public void Dispose() => console?.Dispose();

    /// <summary>An epoch for other programs.</summary>
    public static object Document(EpochResult epoch) => new
    {
        epoch.Epoch,
        epoch.Phase,
        epoch.Loss,
        epoch.Accuracy,
        epoch.ValidationLoss,
        epoch.ValidationScore,
        epoch.LearningRate,
        epoch.Seconds,
    };
}
