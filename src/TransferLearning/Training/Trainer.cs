using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>Mini-batch gradient descent: the loop, and nothing else.</summary>
/// <remarks>A step leaves no tensor behind. Draws inside the network (dropout) depend on seed, epoch and batch alone.</remarks>
internal sealed class Trainer : IDisposable
{
    private readonly TrainingTask _task;
    private readonly IBatchSource _source;
    private readonly FineTuneOptions _options;
    private readonly OptimizerState _optimizer;
    private readonly ILogger _logger;
    private readonly IProgress<TrainingProgress>? _progress;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly List<EpochResult> _epochs = [];
    private readonly double _baseRate;
    private long _step;
    private WeightSnapshot? _best;
    private int _bestEpoch;

    public Trainer(TrainingTask task, IBatchSource source, Optimizer optimizer, FineTuneOptions options, IProgress<TrainingProgress>? progress)
    {
        (_task, _source, _options, _progress) = (task, source, options, progress);
        _logger = options.Logger ?? NullLogger.Instance;
        _optimizer = optimizer.CreateState(task.Groups);
        _baseRate = optimizer.LearningRate;
    }

    /// <summary>Trains until the epochs are done, the caller cancels or patience ends, and leaves the best weights in the network.</summary>
    public TrainingHistory Run(CancellationToken cancellationToken)
    {
        StopReason reason = StopReason.Completed;
        try
        {
            for (int epoch = 0; epoch < _options.Epochs && reason == StopReason.Completed; epoch++)
            {
                reason = RunEpoch(epoch, cancellationToken);
            }
        }
        finally
        {
            // Also on the way out with an error: nothing that was learnt is lost.
            _best?.Restore();
            _task.Network.eval();
        }

        long trained = _task.Groups.Sum(part => part.Parameters.Sum(entry => entry.Parameter.numel()));
        TrainingHistory history = new(_epochs, reason, _bestEpoch, trained, _source.SkippedCount, _clock.Elapsed.TotalSeconds);
        TrainingLog.Finished(_logger, reason, _epochs.Count, _bestEpoch, history.Seconds);
        return history;
    }

    public void Dispose()
    {
        _optimizer.ZeroGrad();
        _optimizer.Dispose();
        _best?.Dispose();
    }

    private StopReason RunEpoch(int epoch, CancellationToken cancellationToken)
    {
        TimeSpan start = _clock.Elapsed;
        EpochTotals totals = new();
        TrainingMode.Enter(_task.Network, _task.FreezeStatistics);
        foreach (IBatch batch in _source.Epoch(epoch))
        {
            using (batch)
            {
                if (cancellationToken.IsCancellationRequested)
                {
                    return StopReason.Cancelled;
                }

                TakeStep(epoch, batch, totals);
            }

            if (totals.Batches % _options.ReportEvery == 0)
            {
                Report(epoch, totals, start, null);
            }
        }

        return Conclude(epoch, totals, start, cancellationToken);
    }

    private void TakeStep(int epoch, IBatch batch, EpochTotals totals)
    {
        using DisposeScope scope = NewDisposeScope();
        SeededRandom draws = new(_options.Seed, epoch, totals.Batches);
        manual_seed((long)(draws.NextUInt64() >> 1));
        ScheduleMoment moment = new(_step, (long)_options.Epochs * _source.BatchCount, _source.BatchCount, _baseRate, WatchedNumbers());
        _optimizer.LearningRate = _options.Schedule.LearningRate(moment);
        _optimizer.Momentum = _options.Schedule.Momentum(moment) ?? _optimizer.Momentum;

        _optimizer.ZeroGrad();
        StepLoss result = _task.Compute(batch);
        double value = result.Loss.item<float>();
        if (!double.IsFinite(value))
        {
            throw new TrainingException(
                epoch + 1,
                totals.Batches + 1,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The loss is {value} in epoch {epoch + 1}, batch {totals.Batches + 1}, at learning rate {_optimizer.LearningRate:G4}. Lower the learning rate, clip ")
                    + "gradients (FineTuneOptions.Clipping), or look for inputs that are not numbers. The weights of the best epoch so far are kept.");
        }

        result.Loss.backward();
        _options.Clipping?.Apply(_task.Groups.SelectMany(part => part.Parameters.Select(entry => entry.Parameter)));
        _optimizer.Step();
        _step++;
        totals.Add(value, result.Right?.item<long>() ?? 0, batch.Count);
    }

    private StopReason Conclude(int epoch, EpochTotals totals, TimeSpan start, CancellationToken cancellationToken)
    {
        double trainingSeconds = (_clock.Elapsed - start).TotalSeconds;
        (double Loss, double Accuracy)? validation = null;
        if (_task.Validate is not null)
        {
            _task.Network.eval();
            try
            {
                validation = _task.Validate(cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return StopReason.Cancelled;
            }
        }

        EpochResult result = new(
            epoch + 1,
            totals.MeanLoss,
            totals.Accuracy,
            _optimizer.LearningRate,
            (_clock.Elapsed - start).TotalSeconds,
            totals.Samples / Math.Max(trainingSeconds, 1e-9))
        {
            ValidationLoss = validation?.Loss,
            ValidationAccuracy = validation?.Accuracy,
        };
        KeepIfBest(result);
        _epochs.Add(result);
        TrainingLog.Epoch(_logger, result.Epoch, _options.Epochs, result.Loss, result.Accuracy, result.ValidationAccuracy, result.Seconds);
        Report(epoch, totals, start, result);
        return _options.Patience is { } patience && result.Epoch - _bestEpoch >= patience ? StopReason.NoImprovement : StopReason.Completed;
    }

    private void KeepIfBest(EpochResult result)
    {
        if (result.ValidationAccuracy is null)
        {
            _bestEpoch = result.Epoch; // nothing to judge by: the latest is what the caller gets
            return;
        }

        EpochResult? best = _bestEpoch == 0 ? null : _epochs[_bestEpoch - 1];
        bool isBetter = best is null || result.ValidationAccuracy > best.ValidationAccuracy
            || (result.ValidationAccuracy == best.ValidationAccuracy && result.ValidationLoss < best.ValidationLoss);
        if (isBetter)
        {
            _bestEpoch = result.Epoch;
            if (_best is null)
            {
                _best = new WeightSnapshot(_task.Network);
            }
            else
            {
                _best.Update();
            }
        }
    }

    private void Report(int epoch, EpochTotals totals, TimeSpan start, EpochResult? result)
    {
        double seconds = (_clock.Elapsed - start).TotalSeconds;
        double running = totals.TakeRunningLoss();
        TrainingLog.Batch(_logger, epoch + 1, totals.Batches, _source.BatchCount, running);
        _progress?.Report(new TrainingProgress(
            epoch + 1, _options.Epochs, totals.Batches, _source.BatchCount, running, _optimizer.LearningRate, totals.Samples / Math.Max(seconds, 1e-9), _clock.Elapsed)
        {
            EpochResult = result,
        });
    }

    private IReadOnlyList<double> WatchedNumbers()
        => _options.Schedule is ReduceOnPlateauSchedule ? [.. _epochs.Select(epoch => epoch.ValidationLoss ?? epoch.Loss)] : [];

    private sealed class EpochTotals
    {
        private double _lossSum;
        private double _runningSum;
        private int _runningBatches;
        private double _lastRunning;
        private long _right;

        public int Batches { get; private set; }

        public long Samples { get; private set; }

        public double MeanLoss => _lossSum / Math.Max(Samples, 1);

        public double Accuracy => (double)_right / Math.Max(Samples, 1);

        public void Add(double loss, long right, int count)
        {
            _lossSum += loss * count;
            _runningSum += loss;
            _runningBatches++;
            _right += right;
            Samples += count;
            Batches++;
        }

        public double TakeRunningLoss()
        {
            if (_runningBatches > 0)
            {
                (_lastRunning, _runningSum, _runningBatches) = (_runningSum / _runningBatches, 0, 0);
            }

            return _lastRunning;
        }
    }
}
