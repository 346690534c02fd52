namespace TransferLearning;

/// <summary>Reports what happens to the caller's log, progress and observers; nothing comes back from them.</summary>
internal sealed class RunReporter(FineTuneOptions options, IProgress<TrainingProgress>? progress, ILogger logger, int batchCount)
{
    private double _lossSum;
    private int _losses;
    private double _last;

    /// <summary>Takes a batch's loss into the running mean.</summary>
    public void Add(double loss) => (_lossSum, _losses) = (_lossSum + loss, _losses + 1);

    /// <summary>Notifies the observers.</summary>
    public void Notify(TrainingEvent happened)
    {
        if (happened is TrainingEvent.StepTaken step && options.Communicator is not { Rank: > 0 })
        {
            Telemetry.Step(step.Samples, step.Loss);
        }

        foreach (IProgress<TrainingEvent> observer in options.Observers)
        {
            observer.Report(happened);
        }
    }

    /// <summary>Reports to log and progress.</summary>
    public void Report(
        int epoch, int batches, double learningRate, double samplesPerSecond, TimeSpan elapsed, double? gradientNorm, EpochResult? result)
    {
        if (_losses > 0)
        {
            (_last, _lossSum, _losses) = (_lossSum / _losses, 0, 0);
        }

        Telemetry.SamplesPerSecond(samplesPerSecond);
        TrainingLog.Batch(logger, epoch + 1, batches, batchCount, _last);
        progress?.Report(new TrainingProgress(epoch
            + 1, options.Epochs, batches, batchCount, _last, learningRate, samplesPerSecond, elapsed)
        {
            EpochResult = result,
            GradientNorm = gradientNorm,
        });
    }
}
