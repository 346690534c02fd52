namespace TransferLearning;

/// <summary>The verb that measures a model on worse images.</summary>
public static class CorruptionExtensions
{
    /// <summary>The same samples with worse images: <c>model.Evaluate(test.Corrupted(CorruptionKind.Fog, 3))</c>.</summary>
    /// <param name="dataset">Images in about the size that the network sees, such as CIFAR's; larger ones are to be resized first:
    /// <c>dataset.Transformed(new Resize(256), new Corruption(kind, severity))</c>.</param>
    /// <param name="kind">What goes wrong.</param>
    /// <param name="severity">How much, from 1 to 5.</param>
    /// <param name="seed">What fixes the draws, which depend on it and on the sample's number in this set.</param>
    /// <param name="codec">What decodes image files. Default: null, <see cref="ImageCodec.Default"/>.</param>
    /// <returns>A view: it owns nothing and works as long as this set does.</returns>
    public static Dataset Corrupted(
        this Dataset dataset, CorruptionKind kind, int severity, long seed = 0, IImageCodec? codec = null)
        => new TransformedDataset(dataset, [new Corruption(kind, severity)], seed, codec);
}
