namespace TransferLearning;

/// <summary>Scores of samples for which something held or not.</summary>
internal static class BinaryScores
{
    /// <summary>Divides scores by their outcome, each part in the order given.</summary>
    /// <exception cref="ArgumentException">There is no sample, the lists differ in length, or a score is not finite.</exception>
    public static (double[] Held, double[] Others) Divide(IReadOnlyList<double> scores, IReadOnlyList<bool> isPositive)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(isPositive);
        return scores.Count > 0 && scores.Count == isPositive.Count && scores.All(double.IsFinite)
            ? ([.. scores.Where((_, i) => isPositive[i])], [.. scores.Where((_, i) => !isPositive[i])])
            : throw new ArgumentException(
                $"There are {scores.Count} scores and {isPositive.Count} outcomes; expected at least one, as many of both, all finite.",
                nameof(scores));
    }
}
