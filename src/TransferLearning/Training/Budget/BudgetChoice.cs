namespace TransferLearning;

/// <summary>How many epochs of how many batches a run does in the time that there is, and whether the frozen part is computed
/// once.</summary>
/// <param name="Views">How many views of each sample are computed once; 0 for a run on samples.</param>
/// <param name="Epochs">The number of epochs; 0 where not even a step fits.</param>
/// <param name="Batches">The number of batches of each.</param>
internal readonly record struct BudgetChoice(int Views, int Epochs, int Batches)
{
    // Whole epochs are taken, unless a fifth of the work that fits would be lost by it.
    private const double EnoughOfIt = 0.8;

    private long Work => (long)Epochs * Batches;

    /// <summary>The choice with the most work that fits, by the time that is planned for it. What was not measured is no choice. Where
    /// several do all that is asked for, the one that trains as it would without a limit.</summary>
    /// <param name="costs">What everything takes.</param>
    /// <param name="available">How many seconds there are.</param>
    public static BudgetChoice Of(BudgetCosts costs, double available)
    {
        List<int> ways = costs.Step.Count > 0 ? [0] : [];
        if (costs.Features is not null)
        {
            IEnumerable<int> views = Enumerable.Range(1, costs.MostViews).Reverse();
            ways.InsertRange(costs.Draws ? ways.Count : 0, views);
        }

        return ways.Select(views => Fit(costs, views, available)).MaxBy(choice => choice.Work);
    }

    private static BudgetChoice Fit(BudgetCosts costs, int views, double available)
    {
        int whole = Largest(costs.Epochs, epochs => Fits(epochs, costs.Batches));
        if (whole == costs.Epochs || (whole == 0 && views > 0))
        {
            return new BudgetChoice(views, whole, costs.Batches);
        }

        // Steps are whole; the last of an epoch may have fewer batches.
        int steps = Largest(costs.StepsOf(costs.Batches), steps => Fits(whole + 1, steps * costs.AccumulationSteps));
        BudgetChoice shorter = new(views, steps == 0 ? 0 : whole + 1, Math.Min(steps * costs.AccumulationSteps, costs.Batches));
        BudgetChoice complete = new(views, whole, costs.Batches);
        return complete.Work < EnoughOfIt * shorter.Work ? shorter : complete;

        bool Fits(int epochs, int batches) => costs.Estimate(views, epochs, batches).Planned <= available;
    }

    // The largest number from 0 on that fits; all below it do.
    private static int Largest(int most, Func<int, bool> fits)
    {
        int low = 0, high = most;
        while (low < high)
        {
            int middle = low + ((high - low + 1) / 2);
            (low, high) = fits(middle) ? (middle, high) : (low, middle - 1);
        }

        return low;
    }
}
