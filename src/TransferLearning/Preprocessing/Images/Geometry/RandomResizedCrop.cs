namespace TransferLearning;

/// <summary>Cuts a box of random size, shape and place out of an image and resizes it: the usual augmentation of ImageNet training (Szegedy
/// et al., "Going Deeper with Convolutions", 2015), as torchvision defines it.</summary>
/// <remarks>Up to ten times: draws the share of the image's area (uniform), then the logarithm of width / height (uniform), and rounds both
/// sides. If that box fits, draws its top and its left edge, each uniform over the places where it fits. If none fits, the largest centred
/// box whose shape is in range is used.</remarks>
public sealed class RandomResizedCrop : GeometricTransform
{
    private const int Attempts = 10;

    private readonly int _height;
    private readonly int _width;
    private readonly (double Low, double High) _scale;
    private readonly (double Low, double High) _ratio;
    private readonly Interpolation _interpolation;

    /// <summary>Creates the transform.</summary>
    /// <param name="height">The height of the result in pixels.</param>
    /// <param name="width">The width of the result in pixels.</param>
    /// <param name="scale">The range of the box's share of the image's area; null means 0.08 to 1.</param>
    /// <param name="ratio">The range of the box's width / height; null means 3/4 to 4/3.</param>
    /// <param name="interpolation">The filter.</param>
    public RandomResizedCrop(
        int height, int width, (double Low, double High)? scale = null, (double Low, double High)? ratio = null,
        Interpolation interpolation = Interpolation.Bilinear)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        _height = height;
        _width = width;
        _scale = Checked(scale ?? (0.08, 1.0), nameof(scale));
        _ratio = Checked(ratio ?? (3.0 / 4.0, 4.0 / 3.0), nameof(ratio));
        _interpolation = interpolation;
    }

    /// <inheritdoc/>
    public override bool IsRandom => true;

    /// <inheritdoc/>
    public override string Fingerprint => string.Create(
        CultureInfo.InvariantCulture,
        $"RandomResizedCrop({_height},{_width},{_scale.Low:R}-{_scale.High:R},{_ratio.Low:R}-{_ratio.High:R},{_interpolation})");

    /// <inheritdoc/>
    protected override GeometricMap? Draw(ImagePixels image, ref SeededRandom random)
        => ResizeMap.Whole(Draw(image.StoredSize.Width, image.StoredSize.Height, ref random), _width, _height, _interpolation);

    /// <summary>Draws the box that is cut out.</summary>
    internal PixelBox Draw(int width, int height, ref SeededRandom random)
    {
        double area = (double)width * height;
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            double wantedArea = area * random.NextDouble(_scale.Low, _scale.High);
            double ratio = Math.Exp(random.NextDouble(Math.Log(_ratio.Low), Math.Log(_ratio.High)));
            double boxWidth = Math.Round(Math.Sqrt(wantedArea * ratio), MidpointRounding.ToEven);
            double boxHeight = Math.Round(Math.Sqrt(wantedArea / ratio), MidpointRounding.ToEven);
            if (boxWidth > 0 && boxWidth <= width && boxHeight > 0 && boxHeight <= height)
            {
                int top = random.NextInt32(height - (int)boxHeight + 1);
                int left = random.NextInt32(width - (int)boxWidth + 1);
                return new PixelBox(left, top, (int)boxWidth, (int)boxHeight);
            }
        }

        return Central(width, height);
    }

    private PixelBox Central(int width, int height)
    {
        double ratio = (double)width / height;
        int boxWidth = width;
        int boxHeight = height;
        if (ratio < _ratio.Low)
        {
            boxHeight = Math.Clamp((int)Math.Round(width / _ratio.Low, MidpointRounding.ToEven), 1, height);
        }
        else if (ratio > _ratio.High)
        {
            boxWidth = Math.Clamp((int)Math.Round(height * _ratio.High, MidpointRounding.ToEven), 1, width);
        }

        return new PixelBox((width - boxWidth) / 2, (height - boxHeight) / 2, boxWidth, boxHeight);
    }

    private static (double Low, double High) Checked((double Low, double High) range, string name)
        => range.Low > 0 && range.Low <= range.High && double.IsFinite(range.High)
            ? range
            : throw new ArgumentOutOfRangeException(name, $"The range {range.Low} to {range.High} must rise and be positive.");
}
