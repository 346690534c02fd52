namespace TransferLearning;

/// <summary>Whether the scores can be believed: of all predictions made with a score of 0.8, four fifths should be right.</summary>
/// <remarks>Guo et al., "On Calibration of Modern Neural Networks" (2017); bins of equal mass: Nguyen and O'Connor, "Posterior calibration
/// and exploratory analysis for natural language processing models" (2015).</remarks>
/// <param name="ExpectedError">The expected calibration error: the gap between accuracy and mean score of the intervals, averaged with
/// their counts.</param>
/// <param name="MaximumError">The largest such gap.</param>
/// <param name="Bins">The intervals, in rising order of the scores.</param>
public sealed record Calibration(double ExpectedError, double MaximumError, IReadOnlyList<CalibrationBin> Bins)
{
    internal const int UsualBins = 15;

    /// <summary>Bins of equal width from 0 to 1, of which some may be empty.</summary>
    /// <param name="scores">The score of each prediction, 0 to 1.</param>
    /// <param name="isCorrect">Whether each is right.</param>
    /// <param name="bins">How many intervals.</param>
    /// <exception cref="ArgumentException">There is no sample, the lists differ in length, or a score is NaN.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no bin.</exception>
    public static Calibration OfEqualWidth(IReadOnlyList<double> scores, IReadOnlyList<bool> isCorrect, int bins = UsualBins)
    {
        Check(scores, isCorrect, bins);
        CalibrationCounts counts = new(bins);
        for (int i = 0; i < scores.Count; i++)
        {
            counts.Add(scores[i], isCorrect[i]);
        }

        return counts.ToCalibration();
    }

    /// <summary>Bins of equally many samples, the first ones with one more where they cannot be equal; equal scores keep their
    /// order.</summary>
    /// <inheritdoc cref="OfEqualWidth"/>
    public static Calibration OfEqualMass(IReadOnlyList<double> scores, IReadOnlyList<bool> isCorrect, int bins = UsualBins)
    {
        Check(scores, isCorrect, bins);
        int[] order = [.. Enumerable.Range(0, scores.Count).OrderBy(i => scores[i])];
        CalibrationBin[] filled = new CalibrationBin[bins];
        double upper = 0;
        for (int bin = 0, first = 0; bin < bins; bin++)
        {
            int count = (order.Length / bins) + (bin < order.Length % bins ? 1 : 0);
            int[] part = order[first..(first + count)];
            first += count;
            double lower = upper;
            upper = count == 0 ? lower : scores[part[^1]];
            filled[bin] = count == 0
                ? new CalibrationBin(lower, upper, 0, null, null)
                : new CalibrationBin(
                    lower, upper, count, part.Count(i => isCorrect[i]) / (double)count, part.Sum(i => scores[i]) / count);
        }

        return Of(filled);
    }

    /// <summary>The mean over classes of the expected calibration error of the class's probability against "the sample is of this class",
    /// over all samples (Nixon et al., "Measuring Calibration in Deep Learning", 2019): it sees all scores, not the largest only.</summary>
    /// <param name="probabilities">One row for each sample, one probability for each class.</param>
    /// <param name="labels">The true classes.</param>
    /// <param name="bins">How many intervals of equal width.</param>
    /// <exception cref="ArgumentException">There is no sample, the lists differ in length, or a score is NaN.</exception>
    public static double ClasswiseError(IReadOnlyList<double[]> probabilities, IReadOnlyList<int> labels, int bins = UsualBins)
    {
        ArgumentNullException.ThrowIfNull(probabilities);
        ArgumentNullException.ThrowIfNull(labels);
        int classes = probabilities.Count == 0 ? 0 : probabilities[0].Length;
        if (classes == 0 || probabilities.Any(row => row.Length != classes))
        {
            throw new ArgumentException("Every sample needs one probability for each class.", nameof(probabilities));
        }

        return Enumerable.Range(0, classes)
            .Average(k => OfEqualWidth([.. probabilities.Select(row => row[k])], [.. labels.Select(label => label == k)], bins)
                .ExpectedError);
    }

    /// <summary>The errors of filled bins.</summary>
    internal static Calibration Of(CalibrationBin[] bins)
    {
        double total = bins.Sum(bin => bin.Count);
        double[] gaps = [.. bins.Select(bin => Math.Abs((bin.Accuracy - bin.Confidence) ?? 0))];
        return new Calibration(bins.Zip(gaps, (bin, gap) => bin.Count / total * gap).Sum(), gaps.Max(), bins);
    }

    private static void Check(IReadOnlyList<double> scores, IReadOnlyList<bool> isCorrect, int bins)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(isCorrect);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bins);
        if (scores.Count == 0 || scores.Count != isCorrect.Count || scores.Any(double.IsNaN))
        {
            throw new ArgumentException(
                $"There are {scores.Count} scores and {isCorrect.Count} outcomes; expected at least one and as many of both, none NaN.",
                nameof(scores));
        }
    }
}
