namespace TransferLearning;

/// <summary>Cuts a box out of an image and resizes it; pixels outside of the box have no influence.</summary>
public sealed class ResizedCrop : GeometricTransform
{
    private readonly PixelBox _box;
    private readonly int _height;
    private readonly int _width;
    private readonly Interpolation _interpolation;

    /// <summary>Creates the transform.</summary>
    /// <param name="top">The first row of the box; may be negative.</param>
    /// <param name="left">The first column of the box; may be negative.</param>
    /// <param name="boxHeight">The height of the box in pixels.</param>
    /// <param name="boxWidth">The width of the box in pixels.</param>
    /// <param name="height">The height of the result in pixels.</param>
    /// <param name="width">The width of the result in pixels.</param>
    /// <param name="interpolation">The filter.</param>
    public ResizedCrop(
        int top, int left, int boxHeight, int boxWidth, int height, int width, Interpolation interpolation = Interpolation.Bilinear)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(boxHeight);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(boxWidth);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        _box = new PixelBox(left, top, boxWidth, boxHeight);
        _height = height;
        _width = width;
        _interpolation = interpolation;
    }

    /// <inheritdoc/>
    public override string Fingerprint => string.Create(
        CultureInfo.InvariantCulture,
        $"ResizedCrop({_box.Top},{_box.Left},{_box.Height},{_box.Width},{_height},{_width},{_interpolation})");

    /// <inheritdoc/>
    protected override GeometricMap? Draw(ImagePixels image, ref SeededRandom random)
    {
        (int width, int height) = image.StoredSize;
        if (_box.Left >= 0 && _box.Top >= 0 && _box.Left + _box.Width <= width && _box.Top + _box.Height <= height)
        {
            return ResizeMap.Whole(_box, _width, _height, _interpolation);
        }

        WindowMap cut = new((int)_box.Left, (int)_box.Top, (int)_box.Width, (int)_box.Height);
        return new ChainedMap(
            cut, ResizeMap.Whole(new PixelBox(0, 0, _box.Width, _box.Height), _width, _height, _interpolation), _interpolation, default);
    }
}
