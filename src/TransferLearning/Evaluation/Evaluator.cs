using System.Diagnostics;

namespace TransferLearning;

/// <summary>Evaluates a network at its task: the one loop for every modality and task.</summary>
internal static class Evaluator
{
    /// <summary>Runs all batches in evaluation mode; each batch is disposed here.</summary>
    /// <param name="task">The task, as an evaluation sees it.</param>
    /// <param name="pass">Runs the network.</param>
    /// <param name="source">The samples in batches.</param>
    /// <param name="dataset">The samples.</param>
    /// <param name="preprocessor">Counts samples that were truncated.</param>
    /// <param name="ranks">The processes that share the batches.</param>
    /// <param name="detail">What is kept of each sample.</param>
    /// <param name="progress">Receives the number of samples that are done.</param>
    /// <param name="cancellationToken">Ends the evaluation with an <see cref="OperationCanceledException"/>.</param>
    public static EvaluationResult Run(
        LearningTask task,
        ForwardPass pass,
        IBatchSource source,
        Dataset dataset,
        Preprocessor preprocessor,
        Ranks ranks,
        SampleDetail detail,
        IProgress<int>? progress,
        CancellationToken cancellationToken)
    {
        using Activity? activity = Telemetry.Begin("evaluate", dataset.Count);
        Stopwatch clock = Stopwatch.StartNew();
        TaskMetric metric = task.CreateMetric(dataset);
        SampleRecorder? samples = detail == SampleDetail.None ? null : new SampleRecorder(task, detail, dataset);
        EvaluationSums own = EvaluationSums.None;
        ranks.Guard(() =>
        {
            using IDisposable guard = no_grad();
            foreach (Batch batch in source.Epoch(0, 0, cancellationToken))
            {
                using (batch)
                using (DisposeScope scope = NewDisposeScope())
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    StepLoss result = task.Compute(pass, batch);
                    own = own.With(result, batch.Count);
                    Tensor outputs = result.Outputs.to(ScalarType.Float32).cpu();
                    metric.Add(batch, outputs);
                    samples?.Add(batch, outputs);
                    progress?.Report(own.Count);
                }
            }

            own = own with { Skipped = source.Skipped };
        });
        EvaluationSums all = own;
        if (!ranks.IsAlone)
        {
            all = ranks.Gather(own).Aggregate(EvaluationSums.None, (sum, part) => sum.And(part));
            byte[][] states = ranks.GatherBytes(MetricState.Of(Share));
            metric = task.CreateMetric(dataset);
            samples = samples is null ? null : new SampleRecorder(task, detail, dataset);
            foreach (byte[] part in states)
            {
                MetricState.Merge(part, Share);
            }
        }

        if (all.Count == 0)
        {
            throw new ArgumentException(
                $"There is no readable sample to evaluate on in {dataset}{Skips(all.Skipped)}.", nameof(dataset));
        }

        double mean = all.Loss / Math.Max(all.Weight, 1);
        TaskReport report = metric.ToReport(mean, all.Correct is { } correct ? (double)correct / Math.Max(all.Weight, 1) : null);
        return new EvaluationResult(report, mean, all.Count, all.Skipped, preprocessor.TruncatedSamples, clock.Elapsed.TotalSeconds)
        {
            Samples = samples?.ToPredictions(dataset),
        };

        void Share(MetricState state)
        {
            metric.Share(state);
            samples?.Share(state);
        }
    }

    private static string Skips(SkippedSamples skipped)
        => skipped.Count == 0
            ? ""
            : $": {skipped.Count} were skipped, the first one, '{skipped.Samples[0].Name}', because {skipped.Samples[0].Reason}";
}
