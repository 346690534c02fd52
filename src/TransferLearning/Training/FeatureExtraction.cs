using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>Runs samples through a network once, in evaluation mode, and hands on what comes out batch by batch.</summary>
internal static class FeatureExtraction
{
    /// <summary>What enters the head, for each sample of the loader in order.</summary>
    /// <returns>Features [N, …] and labels [N], on the network's device; the caller disposes both.</returns>
    public static (Tensor Features, Tensor Labels) Run(Network network, torch.Device device, BatchLoader loader, CancellationToken cancellationToken)
    {
        network.eval();
        Tensor? features = null;
        Tensor? labels = null;
        int row = 0;
        try
        {
            // Not inference_mode: tensors made under it can never take part in a backward pass, and these feed a trained head.
            using IDisposable guard = no_grad();
            foreach (Batch batch in loader.Epoch(0, cancellationToken: cancellationToken))
            {
                using (batch)
                using (DisposeScope scope = NewDisposeScope())
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    Tensor part = network.ForwardFeatures(batch.Inputs.to(device));
                    if (features is null)
                    {
                        long[] shape = part.shape;
                        shape[0] = loader.Dataset.Count;
                        features = empty(shape, device: device).DetachFromDisposeScope();
                        labels = empty(loader.Dataset.Count, int64, device).DetachFromDisposeScope();
                    }

                    features.narrow(0, row, batch.Count).copy_(part);
                    labels!.narrow(0, row, batch.Count).copy_(batch.Labels);
                    row += batch.Count;
                }
            }

            if (features is null || labels is null)
            {
                throw new ArgumentException("There is no readable sample to extract features from.", nameof(loader));
            }

            // Damaged samples that the caller lets pass leave rows unused at the end.
            (Tensor all, Tensor allLabels) = (features, labels);
            (features, labels) = (all.narrow(0, 0, row).DetachFromDisposeScope(), allLabels.narrow(0, 0, row).DetachFromDisposeScope());
            all.Dispose();
            allLabels.Dispose();
            return (features, labels);
        }
        catch
        {
            features?.Dispose();
            labels?.Dispose();
            throw;
        }
    }
}
