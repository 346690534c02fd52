namespace TransferLearning;

/// <summary>One step from pixels to pixels. One object serves several threads at once.</summary>
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

    /// <inheritdoc/>
    public sealed override string ToString() => Fingerprint;
}
