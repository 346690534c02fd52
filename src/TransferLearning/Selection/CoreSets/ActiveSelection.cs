namespace TransferLearning;

/// <summary>Active learning: which samples of a pool a person should label next.</summary>
public static class ActiveSelection
{
    /// <summary>Chooses by predictions: <see cref="ActiveStrategy.Margin"/> or <see cref="ActiveStrategy.Entropy"/>.</summary>
    /// <param name="probabilities">[samples, classes] of the whole pool.</param>
    /// <param name="labelled">The samples that have labels already; they are not chosen.</param>
    /// <param name="count">How many to choose.</param>
    /// <param name="strategy">By what.</param>
    /// <returns>The most uncertain samples, the most uncertain first; equal ones by number.</returns>
    /// <exception cref="ArgumentException">There are not so many samples without labels, or the strategy is not by predictions.</exception>
    public static IReadOnlyList<int> Next(
        double[,] probabilities, IReadOnlyCollection<int> labelled, int count, ActiveStrategy strategy = ActiveStrategy.Margin)
    {
        ArgumentNullException.ThrowIfNull(probabilities);
        ArgumentNullException.ThrowIfNull(labelled);
        HashSet<int> known = [.. labelled];
        double[] certainty = strategy switch
        {
            ActiveStrategy.Margin => CoreSet.Margins(probabilities),
            ActiveStrategy.Entropy => NegativeEntropies(probabilities),
            _ => throw new ArgumentException($"{strategy} needs features: call {nameof(CoreSet)}.{nameof(CoreSet.KCentre)}.", nameof(strategy)),
        };
        int[] open = [.. Enumerable.Range(0, certainty.Length).Where(sample => !known.Contains(sample))];
        return count >= 1 && count <= open.Length
            ? [.. open.OrderBy(sample => certainty[sample]).Take(count)]
            : throw new ArgumentOutOfRangeException(
                nameof(count), count, $"Expected 1 to {open.Length}, the samples of the pool without labels.");
    }

    private static double[] NegativeEntropies(double[,] probabilities)
    {
        double[] entropies = new double[probabilities.GetLength(0)];
        for (int sample = 0; sample < entropies.Length; sample++)
        {
            for (int label = 0; label < probabilities.GetLength(1); label++)
            {
                double p = probabilities[sample, label];
                entropies[sample] += p > 0 ? p * Math.Log(p) : 0;
            }
        }

        return entropies;
    }
}
