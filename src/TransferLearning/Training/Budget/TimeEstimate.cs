namespace TransferLearning;

/// <summary>How long something will take, with a 95 % interval.</summary>
/// <param name="Seconds">The most likely time.</param>
/// <param name="HalfWidth">Half the width of the interval.</param>
internal readonly record struct TimeEstimate(double Seconds, double HalfWidth)
{
    // Machines are not the same from one minute to the next, whatever a few steps say.
    private const double LeastShare = 0.05;

    private const double LargestShare = 0.25;

    /// <summary>The lower end of the interval.</summary>
    public double Low => Math.Max(0, Seconds - HalfWidth);

    /// <summary>The upper end of the interval.</summary>
    public double High => Seconds + HalfWidth;

    /// <summary>The time that is planned for: the upper end of the interval, unless that says no more than that little was
    /// measured.</summary>
    public double Planned => Seconds + Math.Min(HalfWidth, LargestShare * Seconds);

    /// <summary>The sum of some times, each so many times over; their errors are independent.</summary>
    public static TimeEstimate Of(params ReadOnlySpan<(MeasuredMean Each, double Times)> parts)
    {
        double seconds = 0, squares = 0;
        foreach ((MeasuredMean each, double times) in parts)
        {
            seconds += each.Mean * times;
            squares += Math.Pow(each.HalfWidth(times), 2);
        }

        return new TimeEstimate(seconds, Math.Max(Math.Sqrt(squares), LeastShare * seconds));
    }
}
