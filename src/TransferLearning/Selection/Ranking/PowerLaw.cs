namespace TransferLearning;

/// <summary>An error that falls as a power of the number of samples: floor + scale · n^-exponent.</summary>
/// <param name="Floor">What it falls to, at least 0.</param>
/// <param name="Scale">How far above it is with one sample, at least 0.</param>
/// <param name="Exponent">How fast it falls.</param>
internal readonly record struct PowerLaw(double Floor, double Scale, double Exponent)
{
    private const int Exponents = 40;
    private const double LargestExponent = 2;

    /// <summary>The least squares over floors and scales that are not negative, for the exponent of a grid that fits best.</summary>
    public static PowerLaw Fit(IReadOnlyList<int> counts, IReadOnlyList<double> errors)
    {
        PowerLaw best = default;
        double least = double.PositiveInfinity;
        for (int step = 1; step <= Exponents; step++)
        {
            double exponent = LargestExponent * step / Exponents;
            double[] powers = [.. counts.Select(count => Math.Pow(count, -exponent))];
            (double floor, double scale) = Line(powers, errors);
            PowerLaw law = new(floor, scale, exponent);
            double sum = counts.Zip(errors, (count, error) => Math.Pow(law.At(count) - error, 2)).Sum();
            (best, least) = sum < least ? (law, sum) : (best, least);
        }

        return best;
    }

    /// <summary>The error with so many samples.</summary>
    public double At(double count) => Floor + (Scale * Math.Pow(count, -Exponent));

    private static (double Floor, double Scale) Line(double[] x, IReadOnlyList<double> y)
    {
        double meanX = x.Average(), meanY = y.Average();
        double slope = x.Zip(y, (a, b) => (a - meanX) * (b - meanY)).Sum() / x.Sum(a => (a - meanX) * (a - meanX));
        if (slope < 0)
        {
            return (meanY, 0);
        }

        double floor = meanY - (slope * meanX);
        return floor >= 0 ? (floor, slope) : (0, Math.Max(0, x.Zip(y, (a, b) => a * b).Sum() / x.Sum(a => a * a)));
    }
}
