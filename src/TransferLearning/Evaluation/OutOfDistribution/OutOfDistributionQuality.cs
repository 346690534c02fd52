namespace TransferLearning;

/// <summary>How well scores divide samples of the kind that a model was trained on from others.</summary>
/// <param name="RocAuc">The chance that an inside sample has a larger score than an outside one, ties counting half.</param>
/// <param name="FalsePositiveRate">What share of the outside samples is taken for inside.</param>
/// <param name="Threshold">The smallest score that is taken for inside.</param>
public sealed record OutOfDistributionQuality(double RocAuc, double FalsePositiveRate, double Threshold)
{
    /// <summary>Measures scores of both kinds.</summary>
    /// <param name="inside">Scores of samples of the kind that the model was trained on.</param>
    /// <param name="outside">Scores of others.</param>
    /// <param name="keep">What share of the inside samples the threshold keeps. Default: 0.95.</param>
    /// <exception cref="ArgumentException">One kind is missing, or a score is NaN.</exception>
    public static OutOfDistributionQuality Of(IReadOnlyList<double> inside, IReadOnlyList<double> outside, double keep = 0.95)
    {
        ArgumentNullException.ThrowIfNull(inside);
        ArgumentNullException.ThrowIfNull(outside);
        if (outside.Count == 0 || outside.Any(double.IsNaN))
        {
            throw new ArgumentException("Both kinds need at least one score, and none may be NaN.", nameof(outside));
        }

        double threshold = ThresholdOf(inside, keep);
        bool[] isInside = [.. inside.Select(_ => true), .. outside.Select(_ => false)];
        double area = RankingMetrics.Of((double[])[.. inside, .. outside], isInside).RocAuc!.Value;
        return new OutOfDistributionQuality(area, outside.Count(score => score >= threshold) / (double)outside.Count, threshold);
    }

    /// <summary>The largest threshold that keeps a share of the inside samples.</summary>
    internal static double ThresholdOf(IReadOnlyList<double> inside, double keep)
    {
        if (inside.Count == 0 || inside.Any(double.IsNaN) || !(keep > 0 && keep <= 1))
        {
            throw new ArgumentException(
                $"There are {inside.Count} inside scores of which the share {keep} is kept; expected at least one, none NaN, and a share "
                    + "above 0 and at most 1.",
                nameof(inside));
        }

        // A product such as 0.95 * 20 may round up past the whole number.
        int kept = Math.Clamp((int)Math.Ceiling((keep * inside.Count) - 1e-9), 1, inside.Count);
        return inside.OrderDescending().ElementAt(kept - 1);
    }
}
