namespace TransferLearning;

/// <summary>Rotates, shifts, scales and shears an image about a centre; the result keeps the image's size.</summary>
public sealed class Affine : GeometricTransform
{
    private readonly double _degrees;
    private readonly (double X, double Y) _shift;
    private readonly double _scale;
    private readonly (double X, double Y) _shear;
    private readonly Interpolation _interpolation;
    private readonly PixelColor _fill;
    private readonly (double X, double Y)? _centre;

    /// <summary>Creates the transform.</summary>
    /// <param name="degrees">The angle, clockwise.</param>
    /// <param name="shift">How many pixels to the right and down.</param>
    /// <param name="scale">The magnification.</param>
    /// <param name="shear">The angles of shearing along x and y, in degrees.</param>
    /// <param name="interpolation"><see cref="Interpolation.Nearest"/> or <see cref="Interpolation.Bilinear"/>.</param>
    /// <param name="fill">The colour of what lies outside of the image; black by default.</param>
    /// <param name="centre">The point that rotation, scale and shear leave in place, in pixels; null means the image's centre.</param>
    public Affine(
        double degrees, (double X, double Y) shift, double scale, (double X, double Y) shear,
        Interpolation interpolation = Interpolation.Nearest, PixelColor fill = default, (double X, double Y)? centre = null)
    {
        if (!(scale > 0) || !double.IsFinite(scale))
        {
            throw new ArgumentOutOfRangeException(nameof(scale), scale, "The magnification must be positive.");
        }

        if (!double.IsFinite(degrees) || !double.IsFinite(shear.X + shear.Y) || !double.IsFinite(shift.X + shift.Y))
        {
            throw new ArgumentOutOfRangeException(nameof(degrees), "Angles and shifts must be numbers.");
        }

        _degrees = degrees;
        _shift = shift;
        _scale = scale;
        _shear = shear;
        _interpolation = interpolation;
        _fill = fill;
        _centre = centre;
    }

    /// <inheritdoc/>
    public override string Fingerprint => string.Create(
        CultureInfo.InvariantCulture,
        $"Affine({_degrees:R},{_shift.X:R},{_shift.Y:R},{_scale:R},{_shear.X:R},{_shear.Y:R},"
            + $"{_interpolation},{_fill},{_centre?.X:R},{_centre?.Y:R})");

    /// <inheritdoc/>
    protected override GeometricMap? Draw(ImagePixels image, ref SeededRandom random)
    {
        (double x, double y) = _centre ?? (image.Width * 0.5, image.Height * 0.5);
        return new SampledMap(image.Width, image.Height, Inverse(x, y), _interpolation, _fill);
    }

    // The forward map is: shift * to the centre * rotation * shear * scale * from the centre; this is its inverse in closed form.
    private PixelMap Inverse(double centreX, double centreY)
    {
        double rotation = Radians(_degrees);
        double shearX = Radians(_shear.X);
        double shearY = Radians(_shear.Y);
        double a = Math.Cos(rotation - shearY) / Math.Cos(shearY);
        double b = (-Math.Cos(rotation - shearY) * Math.Tan(shearX) / Math.Cos(shearY)) - Math.Sin(rotation);
        double c = Math.Sin(rotation - shearY) / Math.Cos(shearY);
        double d = (-Math.Sin(rotation - shearY) * Math.Tan(shearX) / Math.Cos(shearY)) + Math.Cos(rotation);
        PixelMap linear = new(d / _scale, -b / _scale, 0, -c / _scale, a / _scale, 0);
        (double x, double y) = linear.At(-centreX - _shift.X, -centreY - _shift.Y);
        return linear with { X0 = x + centreX, Y0 = y + centreY };
    }

    private static double Radians(double degrees) => degrees * (Math.PI / 180.0);
}
