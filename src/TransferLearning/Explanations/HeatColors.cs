namespace TransferLearning;

/// <summary>
/// The colours of heat maps. Their lightness grows evenly with the number, and no two of them differ by red and green alone, so that who
/// sees no colours, or not all, reads the same order.
/// </summary>
/// <remarks>Computed in Oklab (Ottosson, 2020), in which equal steps look equal.</remarks>
internal static class HeatColors
{
    private const int Steps = 256;

    // Lightness, chroma and hue (degrees) of what is interpolated: violet, magenta, orange, yellow; and blue against orange around grey.
    private static readonly (double Lightness, double Chroma, double Hue)[] Warm =
        [(0.25, 0.11, 290), (0.42, 0.17, 325), (0.59, 0.17, 385), (0.76, 0.15, 420), (0.93, 0.13, 465)];

    private static readonly (double Red, double Green, double Blue)[] Table
        = [.. Enumerable.Range(0, Steps).Select(step => Between(Warm, step / (Steps - 1.0)))];

    /// <summary>From dark violet at 0 to light yellow at 1; red, green and blue from 0 to 1.</summary>
    public static (double Red, double Green, double Blue) Sequential(double strength)
        => Table[(int)Math.Round(Math.Clamp(strength, 0, 1) * (Steps - 1))];

    /// <summary>From blue at -1 over light grey to orange at 1.</summary>
    public static (double Red, double Green, double Blue) Diverging(double strength)
    {
        double size = Math.Clamp(Math.Abs(strength), 0, 1);
        return FromOklab(0.95 - (0.35 * size), 0.17 * size, strength < 0 ? 255 : 50);
    }

    private static (double Red, double Green, double Blue) Between((double Lightness, double Chroma, double Hue)[] points, double share)
    {
        double place = share * (points.Length - 1);
        int first = Math.Min((int)place, points.Length - 2);
        double part = place - first;
        (double Lightness, double Chroma, double Hue) from = points[first], to = points[first + 1];
        return FromOklab(Mix(from.Lightness, to.Lightness), Mix(from.Chroma, to.Chroma), Mix(from.Hue, to.Hue));

        double Mix(double a, double b) => a + (part * (b - a));
    }

    private static (double Red, double Green, double Blue) FromOklab(double lightness, double chroma, double hue)
    {
        (double a, double b) = (chroma * Math.Cos(hue * Math.PI / 180), chroma * Math.Sin(hue * Math.PI / 180));
        double l = Math.Pow(lightness + (0.3963377774 * a) + (0.2158037573 * b), 3);
        double m = Math.Pow(lightness - (0.1055613458 * a) - (0.0638541728 * b), 3);
        double s = Math.Pow(lightness - (0.0894841775 * a) - (1.2914855480 * b), 3);
        return (
            Encoded((4.0767416621 * l) - (3.3077115913 * m) + (0.2309699292 * s)),
            Encoded((-1.2684380046 * l) + (2.6097574011 * m) - (0.3413193965 * s)),
            Encoded((-0.0041960863 * l) - (0.7034186147 * m) + (1.7076147010 * s)));
    }

    // sRGB's curve.
    private static double Encoded(double linear)
    {
        double light = Math.Clamp(linear, 0, 1);
        return light <= 0.0031308 ? 12.92 * light : (1.055 * Math.Pow(light, 1 / 2.4)) - 0.055;
    }
}
