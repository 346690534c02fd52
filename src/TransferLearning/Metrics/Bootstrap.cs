namespace TransferLearning;

/// <summary>Intervals of any measure by drawing the samples anew, with replacement (Efron, 1979; the percentile interval of Efron and
/// Tibshirani, 1993). Nothing is assumed of the measure but that samples are independent.</summary>
public static class Bootstrap
{
    /// <summary>The interval of a measure of samples.</summary>
    /// <param name="count">How many samples there are, at least 1.</param>
    /// <param name="measure">Measures the samples of these numbers, of which some occur more than once; null or NaN where the measure has
    /// no value. The list is used again after the call.</param>
    /// <param name="options">How many resamples, which confidence, which seed; null means the defaults.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no sample, or an option is out of its range.</exception>
    /// <exception cref="InvalidOperationException">The measure has no value on the samples themselves.</exception>
    public static BootstrapInterval Interval(
        int count, Func<IReadOnlyList<int>, double?> measure, BootstrapOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(measure);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        options ??= new BootstrapOptions();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Resamples, nameof(options.Resamples));
        if (!(options.Confidence > 0 && options.Confidence < 1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), options.Confidence, "Confidence is a probability between 0 and 1, for example 0.95.");
        }

        int[] drawn = [.. Enumerable.Range(0, count)];
        double value = Defined(measure(drawn)) ?? throw new InvalidOperationException(
            "The measure has no value on these samples, so there is no interval of it: check that every class it needs is there.");
        List<double> values = new(options.Resamples);
        for (int resample = 0; resample < options.Resamples; resample++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            SeededRandom random = new(options.Seed, resample);
            for (int i = 0; i < count; i++)
            {
                drawn[i] = random.NextInt32(count);
            }

            if (Defined(measure(drawn)) is { } other)
            {
                values.Add(other);
            }
        }

        double[] sorted = values.Count == 0 ? [value] : [.. values.Order()];
        double outside = (1 - options.Confidence) / 2;
        return new BootstrapInterval(
            value, Percentile(sorted, outside), Percentile(sorted, 1 - outside), options.Confidence, values.Count,
            options.Resamples - values.Count);
    }

    /// <summary>A percentile with linear interpolation between the values.</summary>
    internal static double Percentile(double[] sorted, double share)
    {
        double place = share * (sorted.Length - 1);
        int below = (int)Math.Floor(place);
        double above = sorted[Math.Min(below + 1, sorted.Length - 1)];
        return sorted[below] + ((place - below) * (above - sorted[below]));
    }

    private static double? Defined(double? value) => value is { } number && !double.IsNaN(number) ? number : null;
}
