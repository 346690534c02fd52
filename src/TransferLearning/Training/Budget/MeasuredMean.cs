namespace TransferLearning;

/// <summary>What was measured several times over, such as the seconds of a step.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Deviation">The standard deviation; 0 for fewer than two measurements.</param>
/// <param name="Count">How often it was measured; 0 for what is not there.</param>
internal readonly record struct MeasuredMean(double Mean, double Deviation, int Count)
{
    // What one measurement alone may be wrong by.
    private const double SpreadOfOne = 0.5;

    // The 97.5 % points of Student's t for 1, 2, … degrees of freedom; beyond them that of the normal distribution, a little larger.
    private static readonly double[] Quantiles = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];

    /// <summary>The 97.5 % point of Student's t for a mean of so many.</summary>
    public static double Quantile(int count) => count - 2 < Quantiles.Length ? Quantiles[count - 2] : 2.2;

    /// <summary>Mean and deviation of measurements.</summary>
    public static MeasuredMean Of(IReadOnlyCollection<double> values)
    {
        if (values.Count == 0)
        {
            return default;
        }

        double mean = values.Average();
        double squares = values.Sum(each => (each - mean) * (each - mean));
        return new MeasuredMean(mean, values.Count == 1 ? 0 : Math.Sqrt(squares / (values.Count - 1)), values.Count);
    }

    /// <summary>
    /// Half the width of the 95 % interval of the sum of so many more of them: the mean is known so far only, and each differs from it.
    /// </summary>
    public double HalfWidth(double times) => Count switch
    {
        0 => 0,
        1 => SpreadOfOne * Mean * times,
        _ => Quantile(Count) * Deviation * Math.Sqrt((times * times / Count) + times),
    };
}
