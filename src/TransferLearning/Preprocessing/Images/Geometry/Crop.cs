namespace TransferLearning;

/// <summary>Cuts a box out of an image; what lies outside of the image is black.</summary>
public sealed class Crop : GeometricTransform
{
    private readonly int _top;
    private readonly int _left;
    private readonly int _height;
    private readonly int _width;

    /// <summary>Creates the transform.</summary>
    /// <param name="top">The first row; may be negative.</param>
    /// <param name="left">The first column; may be negative.</param>
    /// <param name="height">The height in pixels.</param>
    /// <param name="width">The width in pixels.</param>
    public Crop(int top, int left, int height, int width)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        _top = top;
        _left = left;
        _height = height;
        _width = width;
    }

    /// <inheritdoc/>
    public override string Fingerprint => string.Create(CultureInfo.InvariantCulture, $"Crop({_top},{_left},{_height},{_width})");

    /// <inheritdoc/>
    protected override GeometricMap? Draw(ImagePixels image, ref SeededRandom random) => new WindowMap(_left, _top, _width, _height);
}
