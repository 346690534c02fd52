using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>Judges a head on features, between epochs.</summary>
internal static class FeatureJudge
{
    /// <summary>The mean cross-entropy and the share of right answers.</summary>
    /// <param name="head">From features to logits.</param>
    /// <param name="device">Where the head lives.</param>
    /// <param name="batches">The samples.</param>
    /// <exception cref="ArgumentException">No sample could be read.</exception>
    public static (double Loss, double Accuracy) Run(Func<Tensor, Tensor> head, Device device, FeatureBatches batches)
    {
        using IDisposable guard = no_grad();
        torch.Device place = device.ToTorch();
        double loss = 0;
        long right = 0;
        long count = 0;
        foreach (Batch batch in batches.Epoch(0))
        {
            using (batch)
            using (DisposeScope scope = NewDisposeScope())
            {
                Tensor labels = batch.Labels.to(place);
                Tensor logits = head(batch.Inputs.to(place));
                loss += nn.functional.cross_entropy(logits, labels, reduction: nn.Reduction.Sum).item<float>();
                right += logits.argmax(1).eq(labels).sum().item<long>();
                count += batch.Count;
            }
        }

        return count > 0 ? (loss / count, (double)right / count) : throw new ArgumentException("There is no readable sample to validate on.");
    }
}
