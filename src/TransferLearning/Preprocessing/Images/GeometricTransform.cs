namespace TransferLearning;

/// <summary>A step that moves pixels to other places: it draws its parameters once, and image, boxes and mask all move by them.</summary>
public abstract class GeometricTransform : ImageTransform
{
    /// <inheritdoc/>
    public sealed override ImagePixels Apply(ImagePixels image, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(image);
        return Draw(image, ref random)?.MoveImage(image) ?? image;
    }

    /// <inheritdoc/>
    public sealed override void Apply(ImageSample sample, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(sample);
        if (Draw(sample.Image, ref random) is { } map)
        {
            sample.Move(map);
        }
    }

    /// <summary>Draws the parameters for one image.</summary>
    /// <param name="image">The image, for its size; it stays the caller's and is not changed.</param>
    /// <param name="random">Where draws come from.</param>
    /// <returns>Where everything goes; null if it stays.</returns>
    protected abstract GeometricMap? Draw(ImagePixels image, ref SeededRandom random);
}
