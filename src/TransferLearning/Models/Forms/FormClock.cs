using System.Diagnostics;

namespace TransferLearning;

/// <summary>How long work takes in one form.</summary>
internal static class FormClock
{
    /// <summary>The seconds of the shortest of some passes, after one that warms up: what else the machine does only adds to
    /// them.</summary>
    /// <param name="run">One pass, whose result is disposed.</param>
    /// <param name="passes">How many passes count.</param>
    /// <param name="cancellationToken">Ends it between two passes.</param>
    public static double Least(Func<Tensor> run, int passes, CancellationToken cancellationToken = default)
    {
        double least = double.PositiveInfinity;
        for (int pass = 0; pass <= passes; pass++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            double seconds = Seconds(run);
            least = pass == 0 ? least : Math.Min(least, seconds);
        }

        return least;
    }

    /// <summary>The seconds of one pass, whose result is disposed.</summary>
    public static double Seconds(Func<Tensor> run)
    {
        (Tensor result, double seconds) = Timed(run);
        result.Dispose();
        return seconds;
    }

    /// <summary>How logs say what a form took.</summary>
    public static string Said(string form, double seconds)
        => string.Create(CultureInfo.InvariantCulture, $"{1000 * seconds:F1} ms as {form}");

    /// <summary>What one pass gives, which the caller disposes, and its seconds.</summary>
    public static (Tensor Result, double Seconds) Timed(Func<Tensor> run)
    {
        long start = Stopwatch.GetTimestamp();
        Tensor result = run();
        return (result, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }
}
