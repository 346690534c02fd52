namespace TransferLearning;

/// <summary>Cuts a box at a random place out of an image, after adding black on all sides. Draws the top, then the left edge, each uniform
/// over all places where the box fits; draws nothing if there is only one such place.</summary>
public sealed class RandomCrop : GeometricTransform
{
    private readonly int _height;
    private readonly int _width;
    private readonly int _padding;

    /// <summary>Creates the transform.</summary>
    /// <param name="height">The height in pixels.</param>
    /// <param name="width">The width in pixels.</param>
    /// <param name="padding">How many black pixels are added on each side first.</param>
    public RandomCrop(int height, int width, int padding = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegative(padding);
        _height = height;
        _width = width;
        _padding = padding;
    }

    /// <inheritdoc/>
    public override bool IsRandom => true;

    /// <inheritdoc/>
    public override string Fingerprint => string.Create(CultureInfo.InvariantCulture, $"RandomCrop({_height},{_width},{_padding})");

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The padded image is smaller than the crop.</exception>
    protected override GeometricMap? Draw(ImagePixels image, ref SeededRandom random)
    {
        long spareRows = image.Height + (2L * _padding) - _height;
        long spareColumns = image.Width + (2L * _padding) - _width;
        if (spareRows < 0 || spareColumns < 0)
        {
            throw new InvalidOperationException(
                $"A random crop of {_width} x {_height} does not fit into an image of {image.Width} x {image.Height} "
                    + $"with {_padding} pixels around it. Resize the image first, or pad it more.");
        }

        int top = spareRows > 0 || spareColumns > 0 ? random.NextInt32(checked((int)spareRows + 1)) : 0;
        int left = spareRows > 0 || spareColumns > 0 ? random.NextInt32(checked((int)spareColumns + 1)) : 0;
        return new WindowMap(left - _padding, top - _padding, _width, _height);
    }
}
