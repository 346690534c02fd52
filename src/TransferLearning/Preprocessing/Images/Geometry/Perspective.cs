namespace TransferLearning;

/// <summary>Warps an image so that four points move to four others; the result keeps the image's size.</summary>
public sealed class Perspective : GeometricTransform
{
    private const int Unknowns = 8;

    private readonly (double X, double Y)[] _from;
    private readonly (double X, double Y)[] _to;
    private readonly PixelMap _map;
    private readonly Interpolation _interpolation;
    private readonly PixelColor _fill;

    /// <summary>Creates the transform.</summary>
    /// <param name="from">Four points of the image.</param>
    /// <param name="to">Where they lie in the result, in the same order.</param>
    /// <param name="interpolation"><see cref="Interpolation.Nearest"/> or <see cref="Interpolation.Bilinear"/>.</param>
    /// <param name="fill">The colour of what lies outside of the image; black by default.</param>
    /// <exception cref="ArgumentException">There are not four points each, or three of them lie on a line.</exception>
    public Perspective(
        IReadOnlyList<(double X, double Y)> from, IReadOnlyList<(double X, double Y)> to,
        Interpolation interpolation = Interpolation.Bilinear, PixelColor fill = default)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        if (from.Count != 4 || to.Count != 4)
        {
            throw new ArgumentException($"Expected four points and their four places, found {from.Count} and {to.Count}.", nameof(from));
        }

        _from = [.. from];
        _to = [.. to];
        _map = Solve(_from, _to);
        _interpolation = interpolation;
        _fill = fill;
    }

    /// <inheritdoc/>
    public override string Fingerprint => string.Create(
        CultureInfo.InvariantCulture, $"Perspective({string.Join(';', _from)},{string.Join(';', _to)},{_interpolation},{_fill})");

    /// <inheritdoc/>
    protected override GeometricMap? Draw(ImagePixels image, ref SeededRandom random)
        => new SampledMap(image.Width, image.Height, _map, _interpolation, _fill);

    // Two linear equations a point: the place in the result is mapped back to the point of the image.
    private static PixelMap Solve((double X, double Y)[] from, (double X, double Y)[] to)
    {
        Span<float> system = stackalloc float[Unknowns * Unknowns];
        Span<float> numbers = stackalloc float[Unknowns];
        for (int i = 0; i < from.Length; i++)
        {
            (double x, double y) = to[i];
            Equation(system.Slice(2 * i * Unknowns, Unknowns), 0, x, y, from[i].X);
            Equation(system.Slice(((2 * i) + 1) * Unknowns, Unknowns), 3, x, y, from[i].Y);
            numbers[2 * i] = (float)from[i].X;
            numbers[(2 * i) + 1] = (float)from[i].Y;
        }

        return HouseholderSolver.Solve(system, numbers)
            ? new PixelMap(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6], numbers[7])
            : throw new ArgumentException("Three of the four points lie on a line, so that no perspective maps them.", nameof(from));
    }

    private static void Equation(Span<float> row, int first, double x, double y, double target)
    {
        row.Clear();
        row[first] = (float)x;
        row[first + 1] = (float)y;
        row[first + 2] = 1f;
        row[6] = (float)(-target * x);
        row[7] = (float)(-target * y);
    }
}
