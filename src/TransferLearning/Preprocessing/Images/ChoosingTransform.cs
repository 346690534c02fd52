namespace TransferLearning;

/// <summary>A step that draws which other steps are applied.</summary>
public abstract class ChoosingTransform : ImageTransform
{
    /// <inheritdoc/>
    public sealed override bool IsRandom => true;

    /// <inheritdoc/>
    public sealed override ImagePixels Apply(ImagePixels image, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(image);
        foreach (ImageTransform step in Choose(image, ref random))
        {
            image = step.Apply(image, ref random);
        }

        return image;
    }

    /// <inheritdoc/>
    public sealed override void Apply(ImageSample sample, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(sample);
        foreach (ImageTransform step in Choose(sample.Image, ref random))
        {
            step.Apply(sample, ref random);
        }
    }

    /// <summary>Draws the steps for one image.</summary>
    /// <param name="image">The image, for its size; it stays the caller's and is not changed.</param>
    /// <param name="random">Where draws come from.</param>
    /// <returns>The steps, in order; none if the image stays as it is.</returns>
    protected abstract IReadOnlyList<ImageTransform> Choose(ImagePixels image, ref SeededRandom random);
}
