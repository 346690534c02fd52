namespace TransferLearning;

/// <summary>Between which bounds the true share lies, with a confidence of 95 %.</summary>
/// <param name="Lower">The lower bound.</param>
/// <param name="Upper">The upper bound.</param>
public readonly record struct ConfidenceInterval(double Lower, double Upper)
{
    // The 97.5 % point of the standard normal distribution.
    private const double Deviations = 1.959963984540054;

    /// <summary>The score interval of a share (Wilson, 1927), good for small counts and shares near 0 and 1 too.</summary>
    /// <param name="successes">How many of them hold, from 0 to <paramref name="count"/>.</param>
    /// <param name="count">How many there are, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static ConfidenceInterval Wilson(long successes, long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfNegative(successes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(successes, count);
        double share = successes / (double)count, square = Deviations * Deviations / count;
        double middle = (share + (square / 2)) / (1 + square);
        double half = Math.Sqrt((share * (1 - share) * square) + (square * square / 4)) / (1 + square);
        return new ConfidenceInterval(Math.Max(0, middle - half), Math.Min(1, middle + half));
    }
}
