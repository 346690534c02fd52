namespace TransferLearning;

/// <summary>The evaluation form of most networks, shorter side and then centre, in one step: the same pixels as <see cref="Resize"/>
/// followed by <see cref="CenterCrop"/>, but only those that stay are computed.</summary>
public sealed class ResizeCenterCrop : GeometricTransform
{
    private readonly int _shorterSide;
    private readonly int _crop;
    private readonly Interpolation _interpolation;

    /// <summary>Creates the transform.</summary>
    /// <param name="shorterSide">The length of the shorter side after resizing, in pixels.</param>
    /// <param name="crop">The width and height of the centre that is kept, in pixels. Black is added where the image is smaller.</param>
    /// <param name="interpolation">The filter.</param>
    public ResizeCenterCrop(int shorterSide, int crop, Interpolation interpolation = Interpolation.Bilinear)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shorterSide);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(crop);
        _shorterSide = shorterSide;
        _crop = crop;
        _interpolation = interpolation;
    }

    /// <inheritdoc/>
    public override string Fingerprint => string.Create(
        CultureInfo.InvariantCulture, $"ResizeCenterCrop({_shorterSide},{_crop},{_interpolation})");

    /// <inheritdoc/>
    protected override GeometricMap? Draw(ImagePixels image, ref SeededRandom random)
    {
        (long width, long height) = ResizeGeometry.ShorterSide(image.StoredSize.Width, image.StoredSize.Height, _shorterSide);
        PixelBox kept = new(
            Math.Max(ResizeGeometry.CentreOffset(width, _crop), 0),
            Math.Max(ResizeGeometry.CentreOffset(height, _crop), 0),
            Math.Min(width, _crop),
            Math.Min(height, _crop));
        ResizeMap centre = new(PixelBox.Stored(image), width, height, kept, _interpolation);
        return kept.Width == _crop && kept.Height == _crop
            ? centre
            : new ChainedMap(centre, CenterCrop.Map((int)kept.Width, (int)kept.Height, _crop, _crop), _interpolation, default);
    }
}
