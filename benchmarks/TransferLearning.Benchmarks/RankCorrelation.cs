namespace TransferLearning.Benchmarks;

/// <summary>How well one row of numbers orders things as another one does.</summary>
internal static class RankCorrelation
{
    /// <summary>Pearson's r; NaN where a row is constant.</summary>
    public static double Pearson(double[] x, double[] y)
    {
        double meanX = x.Average(), meanY = y.Average();
        double products = x.Zip(y, (a, b) => (a - meanX) * (b - meanY)).Sum();
        return products / Math.Sqrt(x.Sum(a => (a - meanX) * (a - meanX)) * y.Sum(b => (b - meanY) * (b - meanY)));
    }

    /// <summary>Spearman's rho: Pearson's r of the ranks, equal numbers sharing their mean rank.</summary>
    public static double Spearman(double[] x, double[] y) => Pearson(Ranks(x), Ranks(y));

    /// <summary>
    /// Kendall's tau in which a pair counts 1/(rank + 1) of each of its members, rank 0 being the largest, so that mistakes at the top cost
    /// most (Vigna: A Weighted Correlation Index for Rankings with Ties, 2015); the mean of ranking by one row and by the other.
    /// </summary>
    public static double WeightedTau(double[] x, double[] y) => (WeightedTau(x, y, x, y) + WeightedTau(x, y, y, x)) / 2;

    private static double WeightedTau(double[] x, double[] y, double[] first, double[] then)
    {
        int[] order = [.. Enumerable.Range(0, x.Length).OrderByDescending(i => first[i]).ThenByDescending(i => then[i])];
        int[] rank = new int[x.Length];
        for (int place = 0; place < order.Length; place++)
        {
            rank[order[place]] = place;
        }

        double both = 0, ofX = 0, ofY = 0;
        for (int i = 0; i < x.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                double weight = (1.0 / (rank[i] + 1)) + (1.0 / (rank[j] + 1));
                int signX = Math.Sign(x[i] - x[j]), signY = Math.Sign(y[i] - y[j]);
                (both, ofX, ofY) = (both + (weight * signX * signY), ofX + (weight * signX * signX), ofY + (weight * signY * signY));
            }
        }

        return both / Math.Sqrt(ofX * ofY);
    }

    private static double[] Ranks(double[] values)
        => Array.ConvertAll(values, value => values.Count(other => other < value) + ((values.Count(other => other == value) - 1) / 2.0));
}
