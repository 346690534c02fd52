namespace TransferLearning;

/// <summary>
/// How the accuracy of a probe grows with the number of labelled samples: measured on growing parts of those that there are, and continued
/// by a power law, error = floor + scale · n^-exponent, fitted by least squares (Hestness et al.: Deep Learning Scaling is Predictable,
/// Empirically, 2017).
/// </summary>
public sealed class LearningCurve
{
    private const int Halvings = 5;
    private const int Resamplings = 200;
    private const double Tail = 0.05;

    private readonly PowerLaw _law;
    private readonly PowerLaw[] _resampled;

    private LearningCurve(IReadOnlyList<LearningCurvePoint> points, PowerLaw law, PowerLaw[] resampled)
        => (Points, _law, _resampled) = (points, law, resampled);

    /// <summary>What was measured, from the fewest samples to the most.</summary>
    public IReadOnlyList<LearningCurvePoint> Points { get; }

    /// <summary>The error that no number of samples removes, by the fit, 0 to 1.</summary>
    public double Floor => _law.Floor;

    /// <summary>How far the error lies above the floor with one sample, by the fit.</summary>
    public double Scale => _law.Scale;

    /// <summary>How fast the error falls, by the fit.</summary>
    public double Exponent => _law.Exponent;

    /// <summary>Continues the curve.</summary>
    /// <param name="count">A number of samples, above 0.</param>
    public ExtrapolatedAccuracy At(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        double[] spread = [.. _resampled.Select(law => Accuracy(law)).Order()];
        return new ExtrapolatedAccuracy(
            count, Accuracy(_law), spread[(int)(Tail * spread.Length)], spread[^(1 + (int)(Tail * spread.Length))]);

        double Accuracy(PowerLaw law) => Math.Clamp(1 - law.At(count), 0, 1);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(
        ", ", Points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{point.Count}: {100 * point.Accuracy:F1} %")));

    /// <summary>Fits a curve to accuracies.</summary>
    /// <param name="counts">The numbers of samples, ascending, at least two.</param>
    /// <param name="accuracies">For each division of the samples, the accuracy at each number.</param>
    /// <param name="seed">What fixes the resampling of the divisions.</param>
    internal static LearningCurve Fit(IReadOnlyList<int> counts, double[][] accuracies, long seed)
    {
        SeededRandom random = new(seed);
        PowerLaw[] resampled = new PowerLaw[Resamplings];
        for (int i = 0; i < resampled.Length; i++)
        {
            double[][] chosen = new double[accuracies.Length][];
            for (int part = 0; part < chosen.Length; part++)
            {
                chosen[part] = accuracies[random.NextInt32(accuracies.Length)];
            }

            resampled[i] = PowerLaw.Fit(counts, Errors(chosen));
        }

        LearningCurvePoint[] points = [.. counts.Select((count, place) => Point(count, [.. accuracies.Select(part => part[place])]))];
        return new LearningCurve(points, PowerLaw.Fit(counts, Errors(accuracies)), resampled);

        double[] Errors(double[][] parts) => [.. counts.Select((_, place) => 1 - parts.Average(part => part[place]))];
    }

    /// <summary>Measures a curve.</summary>
    /// <param name="training">The samples.</param>
    /// <param name="validation">Samples to measure accuracies on; null holds out one part of <paramref name="training"/> after the
    /// other.</param>
    /// <param name="strength">The inverse penalty of the probe, <see cref="LogisticProbe.C"/>.</param>
    /// <param name="options">How many divisions, and the seed.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The curve; null where there are too few samples for two sizes.</returns>
    internal static LearningCurve? Measure(
        ProbeRows training, ProbeRows? validation, double strength, ModelRankingOptions options, CancellationToken cancellationToken)
    {
        int[] fold = StratifiedFolds.Of(training.Classes, options.Folds, options.Seed);
        int[][] pools =
        [
            .. Enumerable.Range(0, options.Folds)
                .Where(part => validation is not null || fold.Contains(part))
                .Select(part => Spread(training.Classes, row => validation is not null || fold[row] != part, options.Seed + part)),
        ];
        int most = pools.Min(pool => pool.Length), least = Math.Max(2 * training.ClassCount, 8);
        int[] counts = [.. Enumerable.Range(0, Halvings).Select(halving => most >> halving).TakeWhile(count => count >= least).Reverse()];
        if (counts.Length < 2)
        {
            return null;
        }

        LogisticProbe probe = new() { C = strength, Tolerance = 1e-3 };
        double[][] accuracies = [.. pools.Select((pool, part) => counts.Select(count => Accuracy(pool[..count], part)).ToArray())];
        return Fit(counts, accuracies, options.Seed);

        double Accuracy(int[] rows, int part)
        {
            using DisposeScope scope = NewDisposeScope();
            ProbeRows held = validation ?? training.Some([.. Enumerable.Range(0, fold.Length).Where(row => fold[row] == part)]);
            ProbeRows fitted = training.Some(rows);
            using LinearFit fit = probe.Fit(fitted.Features, fitted.Labels, new Classification(training.ClassCount), cancellationToken);
            return held.Accuracy(fit);
        }
    }

    // The rows of a pool in an order whose beginnings have every class in its share: one of each class first.
    private static int[] Spread(long[] classes, Func<int, bool> isInPool, long seed)
    {
        int[] order = [.. EpochOrder.Shuffled(classes.Length, seed, 1).Where(isInPool)];
        return
        [
            .. order
                .GroupBy(row => classes[row])
                .SelectMany(members => members.Select((row, place) => (Row: row, Place: place == 0 ? 0 : (place + 0.5) / members.Count())))
                .OrderBy(member => member.Place)
                .Select(member => member.Row),
        ];
    }

    private static LearningCurvePoint Point(int count, double[] accuracies)
    {
        double mean = accuracies.Average();
        double squares = accuracies.Sum(accuracy => (accuracy - mean) * (accuracy - mean));
        int divisions = accuracies.Length;
        return new LearningCurvePoint(count, mean, divisions < 2 ? 0 : Math.Sqrt(squares / (divisions - 1) / divisions));
    }
}
