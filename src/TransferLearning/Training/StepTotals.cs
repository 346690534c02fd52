namespace TransferLearning;

/// <summary>What one optimizer step was made of, over all processes.</summary>
/// <param name="IsStopped">Whether a caller has cancelled: the step is not taken.</param>
/// <param name="Batches">How many batches.</param>
/// <param name="Samples">How many samples they had.</param>
/// <param name="Share">What their losses are weighted with, summed.</param>
/// <param name="Loss">The sum of losses over items.</param>
/// <param name="Items">How many items their losses are means over.</param>
/// <param name="Correct">How many items were predicted correctly; NaN for a task that has none.</param>
internal readonly record struct StepTotals(
    bool IsStopped, int Batches, long Samples, double Share, double Loss, double Items, double Correct)
{
    /// <summary>How many numbers these are.</summary>
    public const int Count = 7;

    /// <summary>These as numbers.</summary>
    public double[] ToNumbers() => [IsStopped ? 1 : 0, Batches, Samples, Share, Loss, Items, Correct];

    /// <summary>Both.</summary>
    public StepTotals And(StepTotals other) => Of([ToNumbers(), other.ToNumbers()]);

    /// <summary>The sum over processes, in their order.</summary>
    public static StepTotals Of(double[][] processes)
    {
        double[] sums = [.. Enumerable.Range(0, Count).Select(i => processes.Sum(numbers => numbers[i]))];
        return new StepTotals(sums[0] > 0, (int)sums[1], (long)sums[2], sums[3], sums[4], sums[5], sums[6]);
    }
}
