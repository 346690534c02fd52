using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>Judges a network on a data set.</summary>
internal static class Evaluator
{
    // Metrics over all scores (areas, calibration) need them kept: up to this many numbers, beyond it only counts are.
    private const long LargestScoreTable = 64L << 20;

    public static EvaluationResult Run(
        Network network, torch.Device device, BatchLoader loader, IReadOnlyList<string> classNames, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        Stopwatch clock = Stopwatch.StartNew();
        ClassificationAccumulator totals = new(classNames.Count, keepScores: (long)loader.Dataset.Count * classNames.Count <= LargestScoreTable);
        double loss = 0;
        int count = 0;
        network.eval();
        using IDisposable guard = no_grad();
        foreach (Batch batch in loader.Epoch(0, cancellationToken: cancellationToken))
        {
            using (batch)
            using (DisposeScope scope = NewDisposeScope())
            {
                cancellationToken.ThrowIfCancellationRequested();
                Tensor logits = network.call(batch.Inputs.to(device)).to(ScalarType.Float32).cpu();
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
            ? new EvaluationResult(totals.ToReport(classNames), loss / count, count, loader.Skipped.Count, clock.Elapsed.TotalSeconds)
            : throw new ArgumentException("There is no readable sample to evaluate on.", nameof(loader));
    }
}
