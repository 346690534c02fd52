using System.Globalization;

namespace TransferLearning;

/// <summary>Keeps the centre of a picture. What is smaller than the crop gets black around it, or is refused.</summary>
public sealed class CenterCrop : ImageTransform
{
    private readonly int _height;
    private readonly int _width;
    private readonly bool _allowPadding;

    /// <summary>Makes the step.</summary>
    /// <param name="height">The height in pixels.</param>
    /// <param name="width">The width in pixels.</param>
    /// <param name="allowPadding">Whether a smaller picture gets black around it; otherwise it is an error.</param>
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
    /// <exception cref="InvalidOperationException">The picture is smaller than the crop, and padding is not allowed.</exception>
    public override ImagePixels Apply(ImagePixels picture, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(picture);
        if (!_allowPadding && (picture.Width < _width || picture.Height < _height))
        {
            throw new InvalidOperationException(
                $"A centre crop of {_width} x {_height} does not fit into a picture of {picture.Width} x {picture.Height}. " +
                "Resize the picture first.");
        }

        return PixelWindow.Cut(picture, Offset(picture.Width, _width), Offset(picture.Height, _height), _width, _height);
    }

    // A smaller picture is first padded on both sides, one more pixel after it than before; then it has the wanted length.
    private static int Offset(int size, int window)
        => size < window ? -((window - size) / 2) : (int)ResizeGeometry.CentreOffset(size, window);
}
