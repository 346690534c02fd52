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
            long start = Stopwatch.GetTimestamp();
            run().Dispose();
            least = pass == 0 ? least : Math.Min(least, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return least;
    }
}
