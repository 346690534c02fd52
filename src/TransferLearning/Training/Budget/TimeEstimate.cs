namespace TransferLearning;

/// <summary>How long something will take, with a 95 % interval.</summary>
/// <param name="Seconds">The most likely time.</param>
/// <param name="HalfWidth">Half the width of the interval.</param>
internal readonly record struct TimeEstimate(double Seconds, double HalfWidth)
{
    // Machines are not the same from one minute to the next, whatever a few steps say.
    private const double LeastShare = 0.05;

    /// <summary>The lower end of the interval.</summary>
    public double Low => Math.Max(0, Seconds - HalfWidth);

    /// <summary>The upper end of the interval.</summary>
    public double High => Seconds + HalfWidth;

    /// <summary>The sum of some times, each so many times over; their errors are independent.</summary>
    public static TimeEstimate Of(params ReadOnlySpan<(MeasuredTime Each, double Times)> parts)
    {
        double seconds = 0, squares = 0;
        foreach ((MeasuredTime each, double times) in parts)
        {
            seconds += each.Mean * times;
            squares += Math.Pow(each.HalfWidth(times), 2);
        }

        return new TimeEstimate(seconds, Math.Max(Math.Sqrt(squares), LeastShare * seconds));
    }
}
