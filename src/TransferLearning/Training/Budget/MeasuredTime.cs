namespace TransferLearning;

/// <summary>How long something took, several times over.</summary>
/// <param name="Mean">The mean, in seconds.</param>
/// <param name="Deviation">The standard deviation; 0 for fewer than two times.</param>
/// <param name="Count">How often it was measured; 0 for what takes no time.</param>
internal readonly record struct MeasuredTime(double Mean, double Deviation, int Count)
{
    // What one measurement alone may be wrong by.
    private const double SpreadOfOne = 0.5;

    // The 97.5 % points of Student's t for 1, 2, … degrees of freedom; beyond them that of the normal distribution, a little larger.
    private static readonly double[] Quantiles = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];

    /// <summary>Sums times up.</summary>
    public static MeasuredTime Of(IReadOnlyCollection<double> seconds)
    {
        if (seconds.Count == 0)
        {
            return default;
        }

        double mean = seconds.Average();
        double squares = seconds.Sum(each => (each - mean) * (each - mean));
        return new MeasuredTime(mean, seconds.Count == 1 ? 0 : Math.Sqrt(squares / (seconds.Count - 1)), seconds.Count);
    }

    /// <summary>
    /// Half the width of the 95 % interval of the sum of so many such times: the mean is known so far only, and each time differs from it.
    /// </summary>
    public double HalfWidth(double times) => Count switch
    {
        0 => 0,
        1 => SpreadOfOne * Mean * times,
        _ => (Count - 2 < Quantiles.Length ? Quantiles[Count - 2] : 2.2) * Deviation * Math.Sqrt((times * times / Count) + times),
    };
}
