using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;

namespace TransferLearning;

/// <summary>Mini-batch gradient descent: the loop, and nothing else.</summary>
/// <remarks>A step leaves no tensor behind. Draws inside the network (dropout) depend on seed, epoch and batch alone, so a run that resumes
/// from a checkpoint equals one that was never interrupted.</remarks>
internal sealed class Trainer : IDisposable
{
    private readonly TrainingPlan _plan;
    private readonly Ranks _ranks;
    private readonly IBatchSource _source;
    private readonly Optimizer _rule;
    private readonly FineTuneOptions _options;
    private readonly OptimizerState _optimizer;
    private readonly WeightAverage? _average;
    private readonly TrainingStep _step;
    private readonly BestWeights _best;
    private readonly RunCheckpoints? _checkpoints;
    private readonly RunReporter _reporter;
    private readonly ILogger _logger;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly List<EpochResult> _epochs = [];
    private Dictionary<string, string> _identity = [];
    private IReadOnlyList<double> _watched = [];
    private double _secondsBefore, _epochStart;
    private SkippedSamples _skippedBefore = SkippedSamples.None, _leftOut = SkippedSamples.None;
    private SkippedSamples? _skippedTogether;
    private long _steps;
    private int _epoch;
    private EpochTotals _totals = EpochTotals.None;

    public Trainer(
        TrainingPlan plan, IBatchSource source, Optimizer optimizer, FineTuneOptions options, IProgress<TrainingProgress>? progress)
    {
        (_plan, _source, _rule, _options, _ranks) = (plan, source, optimizer, options, plan.Ranks);
        _logger = options.Logger ?? NullLogger.Instance;
        _optimizer = optimizer.CreateState(
            options.NoDecayOnBiasAndNorm == true ? ParameterGroup.WithoutDecayOnVectors(plan.Groups) : plan.Groups);
        _average = WeightAverage.Of(plan, options, source);
        _step = new TrainingStep(plan, options, _optimizer, _average);
        _best = new BestWeights(plan.Network);
        _checkpoints = options.Checkpoints is null || !_ranks.IsFirst ? null : new RunCheckpoints(options.Checkpoints, _logger);
        _reporter = new RunReporter(options, progress, _logger, source.BatchCount);
        BatchesPerStep = options.AccumulationSteps * _ranks.Size;
        StepsPerEpoch = (source.BatchCount + BatchesPerStep - 1) / BatchesPerStep;
    }

    private int BatchesPerStep { get; }
    private int StepsPerEpoch { get; }

    private SkippedSamples Skipped => _skippedBefore.And(_skippedTogether ?? SkippedHere);
    private SkippedSamples SkippedHere => _source.Skipped.And(_leftOut);

    // Whether the weights have been evaluated as they are.
    private bool IsKnown => _best.Evaluations.Count > 0 && _best.Evaluations[^1].Step == _steps;
    private double Seconds => _secondsBefore + _clock.Elapsed.TotalSeconds;

    /// <summary>
    /// Trains until the epochs are done, the caller cancels or patience ends, and leaves the chosen weights in the network.
    /// </summary>
    public TrainingHistory Run(CancellationToken cancellationToken)
    {
        StopReason? reason = Resume();
        bool isNew = reason is null;
        try
        {
            if (isNew)
            {
                if (_best.Best is null && _plan.Start is { } start)
                {
                    _best.Add(0, 0, start.Loss, start.Score);
                }

                _ranks.Guard(() => _reporter.Notify(new TrainingEvent.Started(_steps, (long)StepsPerEpoch * _options.Epochs)));
                while (reason is null && _epoch < _options.Epochs)
                {
                    reason = RunEpoch(cancellationToken);
                }

                reason = Ended(reason, cancellationToken);
                _ranks.Guard(() => SaveLast(reason.Value));
            }
        }
        finally
        {
            // Also on the way out with an error: nothing that was learned is lost.
            Settle();
        }

        long trained = _plan.Groups.Sum(part => part.Parameters.Sum(entry => entry.Parameter.numel()));
        int bestEpoch = (_options.RestoreBestWeights ? _best.Best?.Epoch : null) ?? _epoch;
        TrainingHistory history = new(_epochs, reason!.Value, bestEpoch, trained, Skipped, Seconds)
        {
            Evaluations = _best.Evaluations,
            Steps = _steps,
        };
        _ranks.Guard(() =>
        {
            TrainingLog.Finished(_logger, reason.Value, _epochs.Count, bestEpoch, history.Seconds);
            _reporter.Notify(new TrainingEvent.Ended(_steps, reason.Value));
        });
        _ranks.Check();
        return history;
    }

    public void Dispose()
    {
        _checkpoints?.Dispose();
        _optimizer.ZeroGrad();
        _step.Dispose();
        _optimizer.Dispose();
        _average?.Dispose();
        _best.Dispose();
    }

    // For what was learned until the time was up there is time to be evaluated.
    private StopReason Ended(StopReason? reason, CancellationToken cancellationToken)
    {
        if (reason != StopReason.Cancelled || _options.Budget?.Deadline is not { HasPassed: true })
        {
            return reason ?? (_options.Budget is { Plan.IsShortened: true } ? StopReason.TimeLimit : StopReason.Completed);
        }

        if (_plan.Validate is not null && _steps > 0 && !IsKnown)
        {
            Evaluate(cancellationToken, out _);
        }

        return StopReason.TimeLimit;
    }

    private StopReason? RunEpoch(CancellationToken cancellationToken)
    {
        _epochStart = _totals.Batches == 0 ? Seconds : _epochStart;
        TrainingMode.Enter(_plan.Network, _plan.FreezeStatistics);
        _plan.Methods.BeforeEpoch(_epoch);
        if (EvaluateIfDue(cancellationToken) is { } early)
        {
            return early;
        }

        using BatchRounds batches = new(_source.Epoch(_epoch, _totals.NextBatch, CancellationToken.None), _ranks.Size);
        while (_totals.NextBatch < _source.BatchCount)
        {
            if (RunStep(batches, cancellationToken) is { } reason)
            {
                return reason;
            }
        }

        return _ranks.Any(cancellationToken.IsCancellationRequested) ? StopReason.Cancelled : EndEpoch(cancellationToken);
    }

    /// <summary>A step, and what may follow it: an evaluation and a checkpoint.</summary>
    private StopReason? RunStep(BatchRounds batches, CancellationToken cancellationToken)
    {
        int end = Math.Min(_totals.NextBatch + BatchesPerStep, _source.BatchCount);
        CancellationToken training = _options.Budget?.Deadline?.BeginStep() ?? cancellationToken;
        if (_ranks.IsAlone && training.IsCancellationRequested)
        {
            return StopReason.Cancelled; // without reading a batch that is not used
        }

        bool isStopped = false, averages = end == _source.BatchCount || IsEvaluated(_steps + 1)
            || (_steps + 1) % (_options.Distributed?.AverageEvery ?? 1) == 0;
        _ranks.Guard(() => isStopped = Gather(batches, end, training));
        StepTotals step = _step.Share(isStopped, averages, _epoch, end - 1);
        if (step.IsStopped && !_step.IsLocal)
        {
            _step.Drop();
            return StopReason.Cancelled;
        }

        _totals = _totals with { NextBatch = end };
        if (step.Batches == 0 && !_step.IsLocal)
        {
            return null;
        }

        _ranks.Guard(() => EndStep(end - 1, step));
        StopReason? reason = step.IsStopped ? StopReason.Cancelled : EvaluateIfDue(cancellationToken);
        if (reason is null && averages)
        {
            SaveIfDue();
        }

        return reason;
    }

    private OptimizerOutline Outline(long step)
        => OptimizerOutline.Of(_rule, _optimizer.Slots, _plan.Network, _options.Schedule, At(step));

    private ScheduleMoment At(long step) => new(step, (long)_options.Epochs * StepsPerEpoch, StepsPerEpoch, _rule.LearningRate, _watched);

    /// <summary>Adds this process's batches of a step; returns whether the caller cancelled before one.</summary>
    private bool Gather(BatchRounds batches, int end, CancellationToken cancellationToken)
    {
        ScheduleMoment moment = At(_steps);
        _optimizer.LearningRate = _options.Schedule.LearningRate(moment);
        _optimizer.Momentum = _options.Schedule.Momentum(moment) ?? _optimizer.Momentum;
        _step.Begin();
        int size = _ranks.Size;
        bool isStopped = false;
        for (int number = _totals.NextBatch + ((_ranks.Rank - (_totals.NextBatch % size) + size) % size); ; number += size)
        {
            // Where batch norms need all processes, they fail and stop together.
            Batch? next = null;
            bool isCancelled;
            _step.SharesStatistics = _step.SynchronizesNorms && number < end && (number / size * size) + size <= _source.BatchCount;
            if (_step.SharesStatistics)
            {
                _ranks.Guard(() => next = batches.Next(end));
                isCancelled = _ranks.Any(cancellationToken.IsCancellationRequested);
            }
            else
            {
                next = batches.Next(end);
                isCancelled = cancellationToken.IsCancellationRequested;
            }

            using Batch? batch = next;
            isStopped |= isCancelled && batch is not null;
            if (batch is null || (isStopped && !_step.IsLocal)) // steps of its own are taken whole until all stop
            {
                return isStopped;
            }

            if (batch.Count < _plan.SmallestBatch)
            {
                LeaveOut(batch);
            }
            else
            {
                _step.Add(batch, _epoch, batch.Number);
            }
        }
    }

    private void SaveIfDue() => _ranks.Guard(() =>
    {
        if (_checkpoints?.SaveIfDue(_steps, () => State(null)) is { } written)
        {
            _reporter.Notify(written);
        }
    });

    // What is left of a batch whose other samples were skipped, too few for the statistics of batch norms.
    private void LeaveOut(Batch batch)
    {
        SkippedSample[] samples = [.. Enumerable.Range(0, batch.Count).Select(i => new SkippedSample(
            batch.Indices[i], _plan.NameOf(batch.Indices[i]),
            "the other samples of its batch were skipped, and batch norms cannot be trained on one alone"))];
        _leftOut = _leftOut.And(new SkippedSamples(samples.Length, samples));
    }

    private bool IsEvaluated(long step)
        => _plan.Validate is not null && _options.EvaluateEvery is { } every && step > 0 && step % every == 0;

    // Asked at the start of an epoch too: the run may have been cancelled in the evaluation that was due.
    private StopReason? EvaluateIfDue(CancellationToken cancellationToken)
    {
        bool isDue = IsEvaluated(_steps) && _totals.NextBatch > 0 && _totals.NextBatch < _source.BatchCount
            && !IsKnown;
        if (!isDue)
        {
            return null;
        }

        StopReason? reason = Evaluate(cancellationToken, out _);
        TrainingMode.Enter(_plan.Network, _plan.FreezeStatistics);
        return reason;
    }

    private void EndStep(int number, StepTotals step)
    {
        _step.Take(_epoch, number);
        _steps++;
        double? loss = _step.Losses.EndStep();
        if (!_ranks.IsAlone)
        {
            ReadLosses(); // they are of all processes, and those of the next step are not
        }

        int before = _totals.Batches;
        _totals = _totals with { Batches = before + step.Batches, Samples = _totals.Samples + step.Samples };
        if (_steps == 1 && _options.GradientCheckpointing && _step.RecomputedParts == 0)
        {
            TrainingLog.Note(
                _logger, "GradientCheckpointing has no effect: this network is not made of blocks that could be computed again.");
        }

        _reporter.Notify(new TrainingEvent.StepTaken(_steps, _epoch + 1, _optimizer.LearningRate, loss, _step.GradientNorm)
        {
            Samples = step.Samples,
        });
        if (before / _options.ReportEvery != _totals.Batches / _options.ReportEvery)
        {
            Report(null);
        }
    }

    private StopReason? EndEpoch(CancellationToken cancellationToken)
    {
        _skippedTogether = _ranks.IsAlone ? null : RunAgreement.EndEpoch(_ranks, _epoch, _plan.Network, SkippedHere);
        _ranks.Guard(() =>
        {
            ReadLosses();
            RequireSamples();
            TrainingFault.RequireFiniteStatistics(_plan.Network, _epoch, _source.BatchCount - 1, _optimizer.LearningRate);
        });
        double trainingSeconds = Seconds - _epochStart;
        TrainingEvaluation? evaluation = null;
        StopReason? reason = _plan.Validate is null ? null : Evaluate(cancellationToken, out evaluation);
        if (reason == StopReason.Cancelled)
        {
            return reason;
        }

        _ranks.Guard(() => Conclude(trainingSeconds, evaluation));
        _epoch++;
        _totals = EpochTotals.None;
        if (reason is null)
        {
            SaveIfDue();
        }

        return reason;
    }

    private void Conclude(double trainingSeconds, TrainingEvaluation? evaluation)
    {
        EpochResult result = new(
            _epoch + 1,
            _totals.MeanLoss,
            _totals.Accuracy,
            _options.Schedule.LearningRate(At(_steps - 1)), // of the last step, also where that was taken before a run resumed
            Seconds - _epochStart,
            _totals.Samples / Math.Max(trainingSeconds, 1e-9))
        {
            ValidationLoss = evaluation?.Loss,
            ValidationScore = evaluation?.Score,
        };
        _epochs.Add(result);
        _watched = [.. _epochs.Select(epoch => epoch.ValidationLoss ?? epoch.Loss)];
        TrainingLog.Epoch(_logger, result.Epoch, _options.Epochs, result.Loss, result.Accuracy, result.ValidationScore, result.Seconds);
        Report(result);
        _reporter.Notify(new TrainingEvent.EpochEnded(_steps, result));
    }

    private void RequireSamples()
    {
        if (_totals.Samples == 0)
        {
            SkippedSample? first = Skipped.Samples.Count > 0 ? Skipped.Samples[0] : null;
            throw new ArgumentException(
                $"No sample could be learned from in epoch {_epoch + 1}: {Skipped.Count} were skipped"
                + $"{(first is null ? "" : $", the first one, '{first.Name}', because {first.Reason}")}. Check the data set, and let "
                + "OnBadSample throw to see the errors.");
        }
    }

    private StopReason? Evaluate(CancellationToken cancellationToken, out TrainingEvaluation? evaluation)
    {
        evaluation = null;
        _ranks.Check();
        _plan.Network.eval();
        _average?.Exchange();
        try
        {
            (double loss, Score? score) = _plan.Validate!(cancellationToken);
            evaluation = _best.Add(_steps, _epoch + 1, loss, score);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested || !_ranks.IsAlone)
        {
            return StopReason.Cancelled;
        }
        finally
        {
            _average?.Exchange();
        }

        TrainingEvent.Evaluated evaluated = new(evaluation);
        _ranks.Guard(() => _reporter.Notify(evaluated));
        return _options.Patience <= _best.SinceBest ? StopReason.NoImprovement : null;
    }

    private void ReadLosses()
    {
        foreach ((double loss, long items, long? correct) in _step.Losses.Take())
        {
            _totals = _totals.With(loss, items, correct);
            _reporter.Add(loss);
        }
    }

    private void Report(EpochResult? result)
    {
        ReadLosses();
        double speed = _totals.Samples / Math.Max(Seconds - _epochStart, 1e-9);
        _reporter.Report(
            _epoch, _totals.Batches, _optimizer.LearningRate, speed, TimeSpan.FromSeconds(Seconds), _step.GradientNorm, result);
    }

    private void Settle()
    {
        bool hasBest = _options.RestoreBestWeights && _best.Restore();
        if (!hasBest)
        {
            _average?.Exchange();
        }

        _plan.Network.eval();
    }

    private void SaveLast(StopReason reason)
    {
        if (_checkpoints is not null)
        {
            foreach (TrainingEvent written in _checkpoints.Save(State(reason == StopReason.Cancelled ? null : reason)))
            {
                _reporter.Notify(written);
            }
        }
    }

    private (RunRecord Record, IEnumerable<KeyValuePair<string, Tensor>> Tensors) State(StopReason? ended)
    {
        ReadLosses();
        RunRecord record = new(
            _identity, _steps, _epoch, _totals, [.. _epochs], [.. _best.Evaluations],
            _optimizer.StepCounts.ToDictionary(entry => entry.Name, entry => entry.Count),
            _average?.Updates ?? 0,
            Seconds - _epochStart,
            Seconds,
            Skipped,
            ended)
        {
            Optimizer = Outline(_steps),
            Plan = _options.Budget?.Plan,
            BudgetSeconds = _options.Budget?.Deadline?.Spent.TotalSeconds ?? 0,
        };
        return (record,
            [
                .. Under("network.", WeightSnapshot.Changing(_plan.Network)),
                .. Under("optimizer.", _optimizer.NamedState().Select(entry => KeyValuePair.Create(entry.Name, entry.Value))),
                .. Under("average.", _average?.Named ?? []),
                .. Under("best.", _best.Named),
                .. Under("methods.", _plan.Methods.Saved),
            ]);

        static IEnumerable<KeyValuePair<string, Tensor>> Under(string prefix, IEnumerable<KeyValuePair<string, Tensor>> tensors)
            => tensors.Select(entry => KeyValuePair.Create(prefix + entry.Key, entry.Value));
    }

    /// <summary>Takes up a saved state if there is one; says why that run ended, or null if there is something left to do.</summary>
    private StopReason? Resume()
    {
        if (_options.Checkpoints is null && _options.Start is null && _ranks.IsAlone)
        {
            return null;
        }

        _ranks.Guard(() => _identity = RunIdentity.Of(_plan, _source, _rule, _options));
        RunAgreement.Begin(_ranks, _identity, _plan.Network);
        SavedRun? first = null;
        _ranks.Guard(() => first = _checkpoints?.Open(_identity)
            ?? _options.Start?.Continue(_plan, Outline, _identity, StepsPerEpoch, BatchesPerStep, _logger));
        using SavedRun? saved = SavedRun.Spread(_ranks, first);
        if (saved is null)
        {
            return null;
        }

        RunRecord record = saved.Record;
        using (no_grad())
        {
            Dictionary<string, Tensor> weights = saved.Part("network.");
            foreach ((string name, Tensor tensor) in WeightSnapshot.Changing(_plan.Network))
            {
                tensor.copy_(weights[name]);
            }
        }

        _optimizer.LoadState(saved.Part("optimizer."), record.StepCounts);
        _average?.Load(saved.Part("average."), record.AverageUpdates);
        _plan.Methods.Load(saved.Part("methods."));
        _best.Load(record.Evaluations, saved.Part("best."));
        (_steps, _epoch, _totals) = (record.Step, record.Epoch, record.Totals);
        _epochs.AddRange(record.Epochs);
        _watched = [.. _epochs.Select(epoch => epoch.ValidationLoss ?? epoch.Loss)];
        // Kept features know theirs from the start.
        _secondsBefore = record.Seconds;
        _skippedBefore = record.Skipped with { Count = record.Skipped.Count - _ranks.FromFirst(_source.Skipped.Count) };
        _epochStart = record.Seconds - record.EpochSeconds;
        TrainingLog.Note(_logger, $"The run resumes from '{saved.Path}': {_steps} steps are done.");
        return record.Ended == StopReason.Completed && _epoch < _options.Epochs ? null : record.Ended;
    }
}
