namespace TransferLearning;

/// <summary>
/// LogME: the logarithm of the evidence, per sample, of a linear model with a Gaussian prior that gives the labels from the features, with
/// the two precisions that make it largest. The higher, the better the features fit the labels without training anything.
/// </summary>
/// <remarks>You, Liu, Wang, Long: LogME: Practical Assessment of Pre-trained Models for Transfer Learning, 2021; the fixed point is that of
/// You, Liu, Wang, Jordan, Long: Ranking and Tuning Pre-trained Models, 2021 (arXiv 2110.10545).</remarks>
/// <param name="Score">The mean over the classes, each against all others; negative infinity where all features are 0. With fewer samples
/// than features, or constant ones, it leaves out the directions in which the features do not vary, as the authors' program does; networks
/// with different numbers of features cannot be compared by it then.</param>
/// <param name="WithNullSpace">The same with those directions: the exact logarithm of the evidence, comparable in every case.</param>
/// <param name="PerClass">The evidence of each class that has samples, as in <paramref name="Score"/>.</param>
/// <param name="WeightPrecision">For each class, the precision of the weights: alpha.</param>
/// <param name="NoisePrecision">For each class, the precision of the labels around the model: beta.</param>
/// <param name="Iterations">For each class, how often the precisions were improved, 1 to 11.</param>
public sealed record LogMe(
    double Score, double WithNullSpace, IReadOnlyList<double> PerClass, IReadOnlyList<double> WeightPrecision,
    IReadOnlyList<double> NoisePrecision, IReadOnlyList<int> Iterations)
{
    private const double SmallestSingularValue = 1e-10; // of the largest
    private const double Guard = 1e-5;
    private const int MostIterations = 11;

    /// <summary>Computes the score by the fixed point of the second paper.</summary>
    /// <param name="features">[N, width].</param>
    /// <param name="labels">[N] integers.</param>
    /// <exception cref="ArgumentException">The shapes do not fit together, or a number is NaN or infinite.</exception>
    public static LogMe Of(Tensor features, Tensor labels) => Of(features, labels, isFirstVersion: false);

    /// <summary>Computes the score as the first paper's program does: the iteration ends at a change of 1 %, and the directions in which
    /// features do not vary count. Papers before 2022 report it.</summary>
    /// <inheritdoc cref="Of(Tensor, Tensor)"/>
    public static LogMe FirstVersion(Tensor features, Tensor labels) => Of(features, labels, isFirstVersion: true);

    internal static LogMe Of(LabelledRows rows, bool isFirstVersion = false)
    {
        using DisposeScope scope = NewDisposeScope();
        (Tensor left, Tensor singular, Tensor _) = linalg.svd(rows.Features, fullMatrices: false);
        double[] all = [.. singular.data<double>()];
        double[] values = [.. all.Where(value => value > SmallestSingularValue * all[0]).Select(value => value * value)];
        Tensor projected = left.narrow(1, 0, values.Length).t().mm(rows.Membership).Square().t().contiguous(); // [classes, rank]
        double[] squares = [.. projected.data<double>()];
        Evidence[] classes =
        [
            .. rows.Counts.Select((count, number) => Evidence.Largest(
                values, squares.AsSpan(number * values.Length, values.Length), count, rows.Count, rows.Width, isFirstVersion)),
        ];
        return new LogMe(
            classes.Average(one => one.Value),
            classes.Average(one => one.WithNullSpace),
            [.. classes.Select(one => one.Value)],
            [.. classes.Select(one => one.Alpha)],
            [.. classes.Select(one => one.Beta)],
            [.. classes.Select(one => one.Iterations)]);
    }

    private static LogMe Of(Tensor features, Tensor labels, bool isFirstVersion)
    {
        using DisposeScope scope = NewDisposeScope();
        return Of(LabelledRows.Of(features, labels), isFirstVersion);
    }

    private readonly record struct Evidence(double Value, double WithNullSpace, double Alpha, double Beta, int Iterations)
    {
        /// <summary>The largest evidence of one class.</summary>
        /// <param name="values">The squared singular values of the features that are not 0: sigma.</param>
        /// <param name="squares">The squared coordinates of the labels, 1 and 0, in the same directions: z².</param>
        /// <param name="members">How many labels are 1, which is their squared length.</param>
        /// <param name="count">How many samples there are.</param>
        /// <param name="width">How many features.</param>
        /// <param name="isFirstVersion">Whether to end at 1 %, and to count directions without variance.</param>
        public static Evidence Largest(
            double[] values, ReadOnlySpan<double> squares, long members, long count, long width, bool isFirstVersion)
        {
            double outside = members;
            foreach (double square in squares)
            {
                outside -= square;
            }

            (double alpha, double beta, double weights, double residual) = (1, 1, 0, 0);
            int iterations = 0;
            bool isDone = false;
            while (!isDone && iterations < MostIterations)
            {
                double ratio = alpha / beta;
                double effective = 0;
                (weights, residual) = (0, outside);
                for (int i = 0; i < values.Length; i++)
                {
                    double sum = values[i] + ratio;
                    effective += values[i] / sum;
                    weights += values[i] * squares[i] / (sum * sum);
                    double kept = 1 + (values[i] / ratio);
                    residual += squares[i] / (kept * kept);
                }

                (alpha, beta) = (effective / (weights + Guard), (count - effective) / (residual + Guard));
                iterations++;
                double change = Math.Abs((alpha / beta) - ratio) / ratio;
                isDone = isFirstVersion ? change < 0.01 : change <= 1e-3;
            }

            if (alpha == 0)
            {
                return new Evidence(double.NegativeInfinity, double.NegativeInfinity, alpha, beta, iterations);
            }

            (weights, residual) = isFirstVersion ? (weights + Guard, residual + Guard) : (weights, residual);
            double logarithms = 0;
            foreach (double value in values)
            {
                logarithms += Math.Log(alpha + (beta * value));
            }

            double sumOfAll = (width / 2.0 * Math.Log(alpha)) + (count / 2.0 * Math.Log(beta)) - (logarithms / 2)
                - (beta / 2 * residual) - (alpha / 2 * weights) - (count / 2.0 * Math.Log(2 * Math.PI));
            double withNullSpace = sumOfAll - ((width - values.Length) / 2.0 * Math.Log(alpha));
            return new Evidence(
                (isFirstVersion ? withNullSpace : sumOfAll) / count, withNullSpace / count, alpha, beta, iterations);
        }
    }
}
