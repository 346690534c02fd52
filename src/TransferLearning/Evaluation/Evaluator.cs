using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>Judges a network on labelled samples.</summary>
internal static class Evaluator
{
    // Metrics over all scores (areas, calibration) need them kept: up to this many numbers, beyond it only counts are.
    private const long LargestScoreTable = 64L << 20;

    /// <summary>Judges what gives logits, in evaluation mode, on batches of samples; each batch is disposed here.</summary>
    public static EvaluationResult Run(
        Func<Tensor, Tensor> forward,
        torch.Device device,
        IEnumerable<Batch> batches,
        Func<long> skipped,
        Dataset dataset,
        IProgress<int>? progress,
        CancellationToken cancellationToken)
    {
        Stopwatch clock = Stopwatch.StartNew();
        IReadOnlyList<string> classNames = dataset.ClassNames;
        ClassificationAccumulator totals = new(classNames.Count, keepScores: (long)dataset.Count * classNames.Count <= LargestScoreTable);
        double loss = 0;
        int count = 0;
        using IDisposable guard = no_grad();
        foreach (Batch batch in batches)
        {
            using (batch)
            using (DisposeScope scope = NewDisposeScope())
            {
                cancellationToken.ThrowIfCancellationRequested();
                Tensor logits = forward(batch.Inputs.to(device)).to(ScalarType.Float32).cpu();
                loss += nn.functional.cross_entropy(logits, batch.Labels, reduction: nn.Reduction.Sum).item<float>();
                float[] probabilities = logits.softmax(1).contiguous().data<float>().ToArray();
                long[] labels = batch.Labels.data<long>().ToArray();
                for (int i = 0; i < labels.Length; i++)
                {
                    totals.Add(probabilities.AsSpan(i * classNames.Count, classNames.Count), labels[i]);
                }

                count += batch.Count;
                progress?.Report(count);
            }
        }

        return count > 0
            ? new EvaluationResult(totals.ToReport(classNames), loss / count, count, skipped(), clock.Elapsed.TotalSeconds)
            : throw new ArgumentException("There is no readable sample to evaluate on.", nameof(dataset));
    }
}
