namespace TransferLearning;

/// <summary>The verb that changes the images of a data set.</summary>
public static class TransformedDatasetExtensions
{
    /// <summary>The same samples with images that some steps have changed, whenever they are read. Boxes move with the pixels.</summary>
    /// <param name="dataset">The images.</param>
    /// <param name="transforms">The steps, in order. What they draw depends on the sample's number in this set alone, so it is the same in
    /// every epoch: draws for training belong into the preprocessor.</param>
    /// <returns>A view: it owns nothing and works as long as this set does.</returns>
    public static Dataset Transformed(this Dataset dataset, params IReadOnlyList<ImageTransform> transforms)
        => new TransformedDataset(dataset, transforms, seed: 0);

    /// <summary>The same for files that another codec decodes.</summary>
    /// <param name="dataset">The images.</param>
    /// <param name="codec">What decodes image files.</param>
    /// <param name="transforms">The steps, in order.</param>
    /// <inheritdoc cref="Transformed(Dataset, IReadOnlyList{ImageTransform})" path="/returns|/exception|/remarks"/>
    public static Dataset Transformed(this Dataset dataset, IImageCodec codec, params IReadOnlyList<ImageTransform> transforms)
    {
        ArgumentNullException.ThrowIfNull(codec);
        return new TransformedDataset(dataset, transforms, seed: 0, codec);
    }
}
