namespace TransferLearning;

/// <summary>Where the pixels of one image go: the drawn parameters of a <see cref="GeometricTransform"/>.</summary>
/// <param name="interpolation">How pixels of the image that lie between pixels are found; those of a mask are always the nearest
/// ones.</param>
/// <param name="fill">The colour of what lies outside of the image; black by default.</param>
public abstract class GeometricMap(Interpolation interpolation = Interpolation.Nearest, PixelColor fill = default)
{
    /// <summary>Whether the map goes by the size in the file of an image that was decoded at a part of it.</summary>
    internal virtual bool UsesStoredSize => false;

    /// <summary>Moves the pixels of an image.</summary>
    /// <param name="image">The image. The map takes ownership: it changes, returns or disposes it.</param>
    /// <returns>The result, which the caller disposes; it may be the same object.</returns>
    public ImagePixels MoveImage(ImagePixels image) => Move(image, interpolation, fill);

    /// <summary>Moves the pixels of a mask without mixing them.</summary>
    /// <param name="mask">The mask. The map takes ownership: it changes, returns or disposes it.</param>
    /// <param name="maskFill">What lies outside of it.</param>
    /// <returns>The result, which the caller disposes; it may be the same object.</returns>
    public ImagePixels MoveMask(ImagePixels mask, PixelColor maskFill) => Move(mask, Interpolation.Nearest, maskFill);

    /// <summary>Where a box lies afterwards.</summary>
    /// <param name="box">The box, in pixels of the image.</param>
    /// <returns>The smallest upright box around it in the result; it may stick out of the image.</returns>
    public abstract BoundingBox MoveBox(BoundingBox box);

    /// <summary>Moves pixels.</summary>
    /// <param name="pixels">The pixels. The map takes ownership: it changes, returns or disposes them.</param>
    /// <param name="interpolation">How pixels between pixels are found.</param>
    /// <param name="fill">The colour of what lies outside.</param>
    /// <returns>The result, which the caller disposes; it may be the same object.</returns>
    protected internal abstract ImagePixels Move(ImagePixels pixels, Interpolation interpolation, PixelColor fill);
}
