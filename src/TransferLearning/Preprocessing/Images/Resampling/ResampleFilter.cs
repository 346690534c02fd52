namespace TransferLearning;

/// <summary>The weight functions of Pillow's resize, and how far each reaches in units of an output pixel.</summary>
internal static class ResampleFilter
{
    public static double Radius(Interpolation interpolation) => interpolation switch
    {
        Interpolation.Box => 0.5,
        Interpolation.Bilinear or Interpolation.Hamming => 1.0,
        Interpolation.Bicubic => 2.0,
        Interpolation.Lanczos => 3.0,
        _ => throw new ArgumentOutOfRangeException(nameof(interpolation), $"{interpolation} has no weights."),
    };

    public static double Weight(Interpolation interpolation, double distance) => interpolation switch
    {
        Interpolation.Box => distance is > -0.5 and <= 0.5 ? 1.0 : 0.0,
        Interpolation.Bilinear => Math.Max(0.0, 1.0 - Math.Abs(distance)),
        Interpolation.Hamming => Hamming(Math.Abs(distance)),
        Interpolation.Bicubic => Cubic(Math.Abs(distance)),
        Interpolation.Lanczos => distance is >= -3.0 and < 3.0 ? Sinc(distance) * Sinc(distance / 3.0) : 0.0,
        _ => throw new ArgumentOutOfRangeException(nameof(interpolation), $"{interpolation} has no weights."),
    };

    private static double Cubic(double x)
    {
        const double A = -0.5;
        return x switch
        {
            < 1.0 => ((((A + 2.0) * x) - (A + 3.0)) * x * x) + 1.0,
            < 2.0 => ((((x - 5.0) * x) + 8.0) * x - 4.0) * A,
            _ => 0.0,
        };
    }

    private static double Hamming(double x)
    {
        if (x >= 1.0)
        {
            return 0.0;
        }

        return x == 0.0 ? 1.0 : Sinc(x) * (0.54 + (0.46 * Math.Cos(x * Math.PI)));
    }

    private static double Sinc(double x)
    {
        double angle = x * Math.PI;
        return angle == 0.0 ? 1.0 : Math.Sin(angle) / angle;
    }
}
