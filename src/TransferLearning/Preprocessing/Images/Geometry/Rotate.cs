namespace TransferLearning;

/// <summary>Rotates an image about its centre.</summary>
public sealed class Rotate : GeometricTransform
{
    private readonly double _degrees;
    private readonly Interpolation _interpolation;
    private readonly bool _expand;
    private readonly PixelColor _fill;

    /// <summary>Creates the transform.</summary>
    /// <param name="degrees">The angle, counter-clockwise.</param>
    /// <param name="interpolation"><see cref="Interpolation.Nearest"/> or <see cref="Interpolation.Bilinear"/>.</param>
    /// <param name="expand">Whether the result grows so that all of the image fits; otherwise it keeps its size.</param>
    /// <param name="fill">The colour of what lies outside of the image; black by default.</param>
    public Rotate(double degrees, Interpolation interpolation = Interpolation.Nearest, bool expand = false, PixelColor fill = default)
    {
        if (!double.IsFinite(degrees))
        {
            throw new ArgumentOutOfRangeException(nameof(degrees), degrees, "The angle must be a number.");
        }

        _degrees = degrees;
        _interpolation = interpolation;
        _expand = expand;
        _fill = fill;
    }

    /// <inheritdoc/>
    public override string Fingerprint => string.Create(
        CultureInfo.InvariantCulture, $"Rotate({_degrees:R},{_interpolation},{_expand},{_fill})");

    /// <inheritdoc/>
    protected override GeometricMap? Draw(ImagePixels image, ref SeededRandom random)
    {
        double degrees = _degrees % 360.0;
        degrees += degrees < 0 ? 360.0 : 0.0;
        bool quarterFits = _expand || image.Width == image.Height;
        return degrees switch
        {
            0 => null,
            180 => new FlipMap(image, isHorizontal: true, isVertical: true),
            90 when quarterFits => QuarterTurn(image, counterClockwise: true),
            270 when quarterFits => QuarterTurn(image, counterClockwise: false),
            _ => Turn(image, degrees),
        };
    }

    private SampledMap Turn(ImagePixels image, double degrees)
    {
        // Pillow rounds the two numbers to 15 digits, so that right angles come out exact.
        double radians = -degrees * (Math.PI / 180.0);
        double cosine = Math.Round(Math.Cos(radians), 15);
        double sine = Math.Round(Math.Sin(radians), 15);
        double centreX = image.Width / 2.0;
        double centreY = image.Height / 2.0;
        PixelMap map = new(cosine, sine, 0, -sine, cosine, 0);
        (double x, double y) = map.At(-centreX, -centreY);
        map = map with { X0 = x + centreX, Y0 = y + centreY };
        int width = image.Width;
        int height = image.Height;
        if (_expand)
        {
            (width, height) = ExpandedSize(map, width, height);
            (x, y) = map.At(-(width - image.Width) / 2.0, -(height - image.Height) / 2.0);
            map = map with { X0 = x, Y0 = y };
        }

        return new SampledMap(width, height, map, _interpolation, _fill);
    }

    private static (int Width, int Height) ExpandedSize(PixelMap map, int width, int height)
    {
        (double X, double Y)[] corners = new[] { map.At(0, 0), map.At(width, 0), map.At(width, height), map.At(0, height) };
        return (
            (int)(Math.Ceiling(corners.Max(corner => corner.X)) - Math.Floor(corners.Min(corner => corner.X))),
            (int)(Math.Ceiling(corners.Max(corner => corner.Y)) - Math.Floor(corners.Min(corner => corner.Y))));
    }

    private static SampledMap QuarterTurn(ImagePixels image, bool counterClockwise)
    {
        PixelMap map = counterClockwise ? new PixelMap(0, -1, image.Width, 1, 0, 0) : new PixelMap(0, 1, 0, -1, 0, image.Height);
        return new SampledMap(image.Height, image.Width, map, Interpolation.Nearest, default);
    }
}
