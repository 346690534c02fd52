using TorchSharp;

namespace TransferLearning.Tests;

/// <summary>Batches of tensors that are in memory already.</summary>
internal static class ToyFeatures
{
    public static FeatureBatches Of(torch.Tensor features, torch.Tensor labels, int batchSize, bool shuffle, long seed, int classes = 3)
    {
        long[] all = [.. labels.cpu().data<long>()];
        return new FeatureBatches(
            FeatureRows.Of(features),
            sample => new ClassTarget((int)all[sample]),
            sample => $"sample {sample}",
            new Classification(classes),
            new LoaderOptions { BatchSize = batchSize, Shuffle = shuffle, Seed = seed });
    }
}
