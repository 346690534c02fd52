namespace TransferLearning;

/// <summary>One step from pixels to pixels. One object serves several threads at once.</summary>
/// <remarks>A step that moves pixels derives from <see cref="GeometricTransform"/>, so that boxes and masks move with them. Whatever else
/// derives from this class changes colours and leaves boxes and masks as they are.</remarks>
public abstract class ImageTransform
{
    /// <summary>True if the result depends on random draws.</summary>
    public virtual bool IsRandom => false;

    /// <summary>A stable text that names the step and all its numbers.</summary>
    public abstract string Fingerprint { get; }

    /// <summary>Transforms one image.</summary>
    /// <param name="image">The image. The step takes ownership: it changes, returns or disposes it.</param>
    /// <param name="random">Where draws come from.</param>
    /// <returns>The result, which the caller disposes; it may be the same object.</returns>
    public abstract ImagePixels Apply(ImagePixels image, ref SeededRandom random);

    /// <summary>Transforms an image and what belongs to it, with the same draws as for the image alone.</summary>
    /// <param name="sample">The image with its boxes and mask; it is changed and stays the caller's.</param>
    /// <param name="random">Where draws come from.</param>
    /// <exception cref="InvalidOperationException">The step changed the size of the image and does not say how boxes and masks
    /// move.</exception>
    public virtual void Apply(ImageSample sample, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(sample);
        sample.Recolor(Apply(sample.Image, ref random), this);
    }

    /// <inheritdoc/>
    public sealed override string ToString() => Fingerprint;
}
