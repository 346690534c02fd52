using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>Runs batches of samples through a backbone, in evaluation mode: the one place where that happens.</summary>
internal static class FeatureExtraction
{
    /// <summary>Works out what enters the head, batch by batch.</summary>
    /// <param name="network">The network in the form in which it is run.</param>
    /// <param name="device">Where it lives.</param>
    /// <param name="batches">The samples; each batch is disposed here.</param>
    /// <param name="take">Takes a batch and its features [n, …] on the device, inside a dispose scope.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static void Run(InferenceForm network, torch.Device device, IEnumerable<Batch> batches, Action<Batch, Tensor> take, CancellationToken cancellationToken)
    {
        // Not inference_mode: tensors made under it can never take part in a backward pass, and these feed a trained head.
        using IDisposable guard = no_grad();
        foreach (Batch batch in batches)
        {
            using (batch)
            using (DisposeScope scope = NewDisposeScope())
            {
                cancellationToken.ThrowIfCancellationRequested();
                take(batch, network.ForwardFeatures(batch.Inputs.to(device)));
            }
        }
    }

    /// <summary>The shape of one sample's features, found by one run over zeros.</summary>
    public static long[] Shape(ImageNetwork network, torch.Device device, IReadOnlyList<long> input)
    {
        network.eval();
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        return network.ForwardFeatures(zeros([1, .. input], device: device)).shape[1..];
    }
}
