namespace TransferLearning;

/// <summary>The probability of one of two outcomes as a function of a score that never falls and is closest to the outcomes: linear between
/// the thresholds, constant outside (Zadrozny and Elkan, "Transforming Classifier Scores into Accurate Multiclass Probability
/// Estimates", 2002; pool adjacent violators: Ayer et al., 1955).</summary>
/// <param name="Thresholds">The scores where it changes its slope, rising.</param>
/// <param name="Probabilities">Its values there, never falling.</param>
public sealed record IsotonicRegression(IReadOnlyList<double> Thresholds, IReadOnlyList<double> Probabilities)
{
    /// <summary>Fits it to scores whose outcome is known; equal scores are averaged first.</summary>
    /// <param name="scores">The scores.</param>
    /// <param name="isPositive">Whether the outcome held.</param>
    /// <exception cref="ArgumentException">There is no sample, the lists differ in length, or a score is not finite.</exception>
    public static IsotonicRegression Fit(IReadOnlyList<double> scores, IReadOnlyList<bool> isPositive)
    {
        BinaryScores.Divide(scores, isPositive);
        Stack<(double First, double Last, double Sum, double Weight)> blocks = new();
        foreach (IGrouping<double, int> equal in Enumerable.Range(0, scores.Count).GroupBy(i => scores[i]).OrderBy(group => group.Key))
        {
            (double First, double Last, double Sum, double Weight) block
                = (equal.Key, equal.Key, equal.Count(i => isPositive[i]), equal.Count());
            while (blocks.TryPeek(out (double First, double Last, double Sum, double Weight) before)
                && before.Sum * block.Weight >= block.Sum * before.Weight)
            {
                blocks.Pop();
                block = (before.First, block.Last, before.Sum + block.Sum, before.Weight + block.Weight);
            }

            blocks.Push(block);
        }

        List<double> thresholds = [], probabilities = [];
        foreach ((double first, double last, double sum, double weight) in blocks.Reverse())
        {
            foreach (double threshold in first == last ? (double[])[first] : [first, last])
            {
                thresholds.Add(threshold);
                probabilities.Add(sum / weight);
            }
        }

        return new IsotonicRegression(thresholds, probabilities);
    }

    /// <summary>The probability that a score stands for.</summary>
    public double Probability(double score)
    {
        int above = 0;
        while (above < Thresholds.Count && Thresholds[above] <= score)
        {
            above++;
        }

        if (above == 0 || above == Thresholds.Count)
        {
            return Probabilities[Math.Max(above - 1, 0)];
        }

        double share = (score - Thresholds[above - 1]) / (Thresholds[above] - Thresholds[above - 1]);
        return Probabilities[above - 1] + (share * (Probabilities[above] - Probabilities[above - 1]));
    }
}
