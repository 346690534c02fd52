namespace TransferLearning;

/// <summary>Resizes an image as Pillow does (antialiased, bit for bit).</summary>
public sealed class Resize : GeometricTransform
{
    private readonly int _height;
    private readonly int _width;
    private readonly int? _longest;
    private readonly Interpolation _interpolation;

    /// <summary>Resizes so that the shorter side has a given length; the longer one keeps the ratio, rounded down.</summary>
    /// <param name="shorterSide">The length of the shorter side in pixels.</param>
    /// <param name="interpolation">The filter.</param>
    /// <param name="longestSide">The most the longer side may have; if it would have more, both shrink. Must exceed
    /// <paramref name="shorterSide"/>.</param>
    public Resize(int shorterSide, Interpolation interpolation = Interpolation.Bilinear, int? longestSide = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shorterSide);
        if (longestSide is { } limit)
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(limit, shorterSide, nameof(longestSide));
        }

        _height = shorterSide;
        _longest = longestSide;
        _interpolation = interpolation;
    }

    /// <summary>Resizes to an exact size, whatever the ratio.</summary>
    /// <param name="height">The new height in pixels.</param>
    /// <param name="width">The new width in pixels.</param>
    /// <param name="interpolation">The filter.</param>
    public Resize(int height, int width, Interpolation interpolation = Interpolation.Bilinear)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        _height = height;
        _width = width;
        _interpolation = interpolation;
    }

    /// <inheritdoc/>
    public override string Fingerprint => string.Create(
        CultureInfo.InvariantCulture, $"Resize({_height},{_width},{_longest},{_interpolation})");

    /// <inheritdoc/>
    protected override GeometricMap? Draw(ImagePixels image, ref SeededRandom random)
    {
        (long width, long height) = _width > 0
            ? (_width, _height)
            : ResizeGeometry.ShorterSide(image.StoredSize.Width, image.StoredSize.Height, _height, _longest);
        return width == image.Width && height == image.Height && image.ReducedFrom is null
            ? null
            : ResizeMap.Whole(PixelBox.Stored(image), checked((int)width), checked((int)height), _interpolation);
    }
}
