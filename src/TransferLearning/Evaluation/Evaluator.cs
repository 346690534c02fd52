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
    /// <param name="progress">Receives the number of samples that are done.</param>
    /// <param name="cancellationToken">Ends the evaluation with an <see cref="OperationCanceledException"/>.</param>
    public static EvaluationResult Run(
        LearningTask task, ForwardPass pass, IBatchSource source, Dataset dataset, Preprocessor preprocessor, IProgress<int>? progress,
        CancellationToken cancellationToken)
    {
        Stopwatch clock = Stopwatch.StartNew();
        TaskMetric metric = task.CreateMetric(dataset);
        double loss = 0;
        long weight = 0, correct = 0;
        bool hasCorrect = false;
        int count = 0;
        using IDisposable guard = no_grad();
        foreach (Batch batch in source.Epoch(0, 0, cancellationToken))
        {
            using (batch)
            using (DisposeScope scope = NewDisposeScope())
            {
                cancellationToken.ThrowIfCancellationRequested();
                StepLoss result = task.Compute(pass, batch);
                loss += result.Loss.to(ScalarType.Float64).item<double>() * result.Weight;
                weight += result.Weight;
                hasCorrect |= result.Correct is not null;
                correct += result.Correct?.item<long>() ?? 0;
                metric.Add(batch, result.Outputs.to(ScalarType.Float32).cpu());
                count += batch.Count;
                progress?.Report(count);
            }
        }

        if (count == 0)
        {
            throw new ArgumentException(
                $"There is no readable sample to evaluate on in {dataset}{Skips(source.Skipped)}.", nameof(dataset));
        }

        double mean = loss / Math.Max(weight, 1);
        TaskReport report = metric.ToReport(mean, hasCorrect ? (double)correct / Math.Max(weight, 1) : null);
        return new EvaluationResult(report, mean, count, source.Skipped, preprocessor.TruncatedSamples, clock.Elapsed.TotalSeconds);
    }

    private static string Skips(SkippedSamples skipped)
        => skipped.Count == 0
            ? ""
            : $": {skipped.Count} were skipped, the first one, '{skipped.Samples[0].Name}', because {skipped.Samples[0].Reason}";
}
