namespace TransferLearning;

/// <summary>The middle of some numbers and how far they usually are from it, which a few strange ones do not change.</summary>
/// <param name="Median">The median.</param>
/// <param name="Deviation">1.4826 times the median absolute deviation: the standard deviation of normal numbers.</param>
internal readonly record struct RobustScale(double Median, double Deviation)
{
    private const double OfNormal = 1.4826;

    /// <summary>Measures numbers, at least one.</summary>
    public static RobustScale Of(IReadOnlyCollection<double> numbers)
    {
        double median = ImageHash.Median(numbers);
        return new RobustScale(median, OfNormal * ImageHash.Median(numbers.Select(number => Math.Abs(number - median))));
    }

    /// <summary>How many deviations a number is above the median; 0 where numbers do not deviate.</summary>
    public double Score(double number) => Deviation > 0 ? (number - Median) / Deviation : 0;
}
