namespace TransferLearning;

/// <summary>Fits the one number that logits are divided by: the temperature of the smallest mean cross entropy (Guo et al., "On Calibration
/// of Modern Neural Networks", 2017).</summary>
public static class TemperatureScaling
{
    /// <summary>The smallest temperature that is looked at.</summary>
    public const double Lowest = 0.01;

    /// <summary>The largest temperature that is looked at.</summary>
    public const double Highest = 100;

    private const int MostSteps = 200;
    private const double Precision = 1e-14;

    /// <summary>Finds the best temperature from <see cref="Lowest"/> to <see cref="Highest"/>; 1 where all are alike.</summary>
    /// <param name="logits">One row for each sample, one number for each class.</param>
    /// <param name="labels">The true classes.</param>
    /// <exception cref="ArgumentException">There is no sample, the lists do not fit together, or a logit is not finite.</exception>
    public static TemperatureFit Fit(IReadOnlyList<double[]> logits, IReadOnlyList<int> labels)
    {
        CheckedLogits.Check(logits, labels);
        double before = Look(logits, labels, 1).Loss;
        if (logits.All(row => row.All(logit => logit == row[0])))
        {
            return new TemperatureFit(1, TemperatureLimit.Any, before, before);
        }

        // The loss is convex in the inverse temperature, so its slope has one sign on either side of the best one.
        double low = 1 / Highest, high = 1 / Lowest;
        if (Look(logits, labels, low).Slope >= 0)
        {
            return new TemperatureFit(Highest, TemperatureLimit.Upper, before, Look(logits, labels, low).Loss);
        }

        if (Look(logits, labels, high).Slope <= 0)
        {
            return new TemperatureFit(Lowest, TemperatureLimit.Lower, before, Look(logits, labels, high).Loss);
        }

        double inverse = 1;
        for (int step = 0; step < MostSteps; step++)
        {
            (_, double slope, double curvature) = Look(logits, labels, inverse);
            (low, high) = slope > 0 ? (low, inverse) : (inverse, high);
            double next = inverse - (slope / curvature);
            next = next > low && next < high ? next : (low + high) / 2; // Newton's step, or half the interval where it leaves that
            bool isThere = Math.Abs(next - inverse) <= Precision * inverse || slope == 0;
            inverse = slope == 0 ? inverse : next;
            if (isThere)
            {
                break;
            }
        }

        return new TemperatureFit(1 / inverse, TemperatureLimit.Inside, before, Look(logits, labels, inverse).Loss);
    }

    // The mean cross entropy of the logits times a factor, and its first and second derivative by the factor. Differences to the true
    // class's logit keep the sign of the slope exact where every prediction is right.
    private static (double Loss, double Slope, double Curvature) Look(
        IReadOnlyList<double[]> logits, IReadOnlyList<int> labels, double factor)
    {
        double loss = 0, slope = 0, curvature = 0;
        for (int i = 0; i < logits.Count; i++)
        {
            double[] row = logits[i];
            double own = row[labels[i]], largest = row.Max();
            double sum = 0, first = 0, second = 0;
            foreach (double logit in row)
            {
                double share = Math.Exp(factor * (logit - largest)), difference = logit - own;
                sum += share;
                first += share * difference;
                second += share * difference * difference;
            }

            double mean = first / sum;
            loss += Math.Log(sum) + (factor * (largest - own));
            slope += mean;
            curvature += (second / sum) - (mean * mean);
        }

        return (loss / logits.Count, slope / logits.Count, curvature / logits.Count);
    }
}
