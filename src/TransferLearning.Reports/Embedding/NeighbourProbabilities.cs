namespace TransferLearning.Reports;

/// <summary>How likely each sample picks each other one as its neighbour: what t-SNE keeps on the plane.</summary>
/// <param name="Beta">For each sample the precision of its Gaussian, 1 / (2 sigma²).</param>
/// <param name="Conditional">[i][j]: exp(-beta_i d_ij²), divided by its sum over all j but i.</param>
/// <remarks>van der Maaten and Hinton, "Visualizing Data using t-SNE" (2008), section 2.</remarks>
public sealed record NeighbourProbabilities(IReadOnlyList<double> Beta, IReadOnlyList<double[]> Conditional)
{
    private const double LargestBeta = 1e12;
    private const int Halvings = 200;

    /// <summary>The entropy of each row, in nats: the logarithm of the perplexity, where the distances allow it.</summary>
    public IReadOnlyList<double> Entropy { get; } =
        [.. Conditional.Select(row => -row.Where(share => share > 0).Sum(share => share * Math.Log(share)))];

    /// <summary>Computes the probabilities.</summary>
    /// <param name="rows">At least two rows of the same length.</param>
    /// <param name="perplexity">How many neighbours count, about: at least 1, less than the number of rows. A sample that has more equally
    /// near neighbours than that has all of them.</param>
    /// <exception cref="ArgumentException">Rows differ in length, or hold NaN or infinity.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The perplexity is out of its range.</exception>
    public static NeighbourProbabilities Of(IReadOnlyList<double[]> rows, double perplexity)
    {
        FeatureRowsCheck.WidthOf(rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(rows.Count, 2, nameof(rows));
        if (!(perplexity >= 1 && perplexity < rows.Count))
        {
            throw new ArgumentOutOfRangeException(
                nameof(perplexity), perplexity, $"Expected a perplexity of at least 1 and less than the {rows.Count} rows.");
        }

        double[] betas = new double[rows.Count];
        double[][] conditional = new double[rows.Count][];
        Parallel.For(0, rows.Count, sample =>
        {
            double[] distances = Distances(rows, sample);
            betas[sample] = BetaOf(distances, Math.Log(perplexity));
            conditional[sample] = Shares(distances, betas[sample]);
        });
        return new NeighbourProbabilities(betas, conditional);
    }

    /// <summary>The symmetric probabilities of pairs, [i][j]: (P + P') / 2n; they sum to 1.</summary>
    public double[][] Joint()
    {
        int count = Conditional.Count;
        double[][] joint = new double[count][];
        for (int i = 0; i < count; i++)
        {
            joint[i] = new double[count];
            for (int j = 0; j < count; j++)
            {
                joint[i][j] = (Conditional[i][j] + Conditional[j][i]) / (2.0 * count);
            }
        }

        return joint;
    }

    /// <summary>Squared distances less the smallest, so that exponentials do not all vanish; a sample's own is infinite.</summary>
    private static double[] Distances(IReadOnlyList<double[]> rows, int sample)
    {
        double[] own = rows[sample];
        double[] distances = new double[rows.Count];
        for (int other = 0; other < rows.Count; other++)
        {
            double sum = 0;
            double[] row = rows[other];
            for (int column = 0; column < own.Length; column++)
            {
                double difference = own[column] - row[column];
                sum += difference * difference;
            }

            distances[other] = other == sample ? double.PositiveInfinity : sum;
        }

        double smallest = distances.Min();
        return Array.ConvertAll(distances, distance => distance - smallest);
    }

    /// <summary>The precision that gives an entropy, by halving: the entropy falls as it grows.</summary>
    private static double BetaOf(double[] distances, double target)
    {
        double low = 0, high = 1;
        while (EntropyOf(distances, high) > target && high < LargestBeta)
        {
            high *= 2;
        }

        for (int step = 0; step < Halvings && low < high; step++)
        {
            double middle = (low + high) / 2;
            if (middle == low || middle == high)
            {
                break; // as close as float64 can say it
            }

            if (EntropyOf(distances, middle) > target)
            {
                low = middle;
            }
            else
            {
                high = middle;
            }
        }

        return (low + high) / 2;
    }

    private static double EntropyOf(double[] distances, double beta)
    {
        double sum = 0, weighted = 0;
        foreach (double distance in distances)
        {
            if (double.IsFinite(distance))
            {
                double weight = Math.Exp(-beta * distance);
                sum += weight;
                weighted += weight * distance;
            }
        }

        return Math.Log(sum) + (beta * weighted / sum);
    }

    private static double[] Shares(double[] distances, double beta)
    {
        double[] shares = Array.ConvertAll(distances, distance => double.IsFinite(distance) ? Math.Exp(-beta * distance) : 0);
        double sum = shares.Sum();
        return Array.ConvertAll(shares, share => share / sum);
    }
}
