using System.Diagnostics;

namespace TransferLearning;

/// <summary>Times some steps of training all weights.</summary>
internal static class TrainingTime
{
    /// <summary>How many seconds one sample takes in a step. The model has a new head afterwards, and other weights.</summary>
    /// <returns>The seconds, or why they are not known.</returns>
    public static (double? Seconds, string? Why) PerSample(
        TransferModel model, RankingData data, ModelRankingOptions options, CancellationToken cancellationToken)
    {
        if (options.TimedSteps == 0)
        {
            return (null, null);
        }

        int steps = options.TimedSteps + 1; // the first one makes room and is not timed
        int batch = Math.Max(1, Math.Min(options.Features.BatchSize, data.Sample.Count / steps));
        Dataset some = data.Sample.Shuffle(options.Seed).Take(batch * steps);
        StepClock clock = new();
        try
        {
            using IDisposable guard = enable_grad();
            model.ReplaceHead(data.Whole.ClassNames.Count);
            if (!model.HasLora)
            {
                model.Unfreeze();
            }

            model.FineTune(
                some,
                new AdamW(1e-5),
                new FineTuneOptions
                {
                    Epochs = 1,
                    BatchSize = batch,
                    Workers = options.Features.Workers,
                    OnBadSample = options.Features.OnBadSample,
                    Observers = [clock],
                },
                cancellationToken: cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or TrainingException)
        {
            return (null, $"steps of training could not be timed: {exception.Message}");
        }

        return clock.Steps > 0
            ? (clock.Seconds / clock.Steps / batch, null)
            : (null, $"there are too few samples ({some.Count}) to time steps of training");
    }

    private sealed class StepClock : IProgress<TrainingEvent>
    {
        private readonly Stopwatch _clock = new();

        /// <summary>How many steps were timed.</summary>
        public int Steps { get; private set; } = -1;

        /// <summary>How long they took.</summary>
        public double Seconds { get; private set; }

        public void Report(TrainingEvent value)
        {
            if (value is TrainingEvent.StepTaken)
            {
                (Steps, Seconds) = (Steps + 1, _clock.Elapsed.TotalSeconds);
                _clock.Start();
            }
        }
    }
}
