namespace TransferLearning;

/// <summary>Keeps the centre of an image. What is smaller than the crop gets black around it, or is refused.</summary>
public sealed class CenterCrop : GeometricTransform
{
    private readonly int _height;
    private readonly int _width;
    private readonly bool _allowPadding;

    /// <summary>Creates the transform.</summary>
    /// <param name="height">The height in pixels.</param>
    /// <param name="width">The width in pixels.</param>
    /// <param name="allowPadding">Whether a smaller image gets black around it; otherwise it is an error.</param>
    public CenterCrop(int height, int width, bool allowPadding = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        _height = height;
        _width = width;
        _allowPadding = allowPadding;
    }

    /// <inheritdoc/>
    public override string Fingerprint => string.Create(CultureInfo.InvariantCulture, $"CenterCrop({_height},{_width},{_allowPadding})");

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The image is smaller than the crop, and padding is not allowed.</exception>
    protected override GeometricMap? Draw(ImagePixels image, ref SeededRandom random)
    {
        if (!_allowPadding && (image.Width < _width || image.Height < _height))
        {
            throw new InvalidOperationException(
                $"A centre crop of {_width} x {_height} does not fit into an image of {image.Width} x {image.Height}. "
                    + "Resize the image first.");
        }

        return Map(image.Width, image.Height, _width, _height);
    }

    /// <summary>The map of an image of a size.</summary>
    internal static WindowMap Map(int width, int height, int cropWidth, int cropHeight)
        => new(Offset(width, cropWidth), Offset(height, cropHeight), cropWidth, cropHeight);

    // A smaller image is first padded on both sides, one more pixel after it than before; then it has the wanted length.
    private static int Offset(int size, int window)
        => size < window ? -((window - size) / 2) : (int)ResizeGeometry.CentreOffset(size, window);
}
