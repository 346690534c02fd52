using System.Numerics;

namespace TransferLearning.Reports;

/// <summary>Puts samples on a plane so that neighbours stay neighbours: exact t-SNE.</summary>
/// <remarks>
/// van der Maaten and Hinton, "Visualizing Data using t-SNE" (2008). It begins with the principal components, as Kobak and Berens
/// recommend ("The art of using t-SNE for single-cell transcriptomics", 2019). Time and memory grow with the square of the number of
/// samples, so there is a limit. The same rows, options and seed give the same map on every number of cores.
/// </remarks>
public static class TSne
{
    /// <summary>How many samples there may be: their probabilities take 200 MB, twice while they are made.</summary>
    public const int MaximumSamples = 5000;

    private const double StartDeviation = 1e-4;
    private const double StartNoise = 1e-6;
    private const double SmallestGain = 0.01;

    /// <summary>Makes the map.</summary>
    /// <param name="rows">From 3 to <see cref="MaximumSamples"/> rows of the same length.</param>
    /// <param name="options">Perplexity, steps, seed; null means the defaults.</param>
    /// <param name="progress">Receives the number of steps that are done.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>[row][2].</returns>
    /// <exception cref="ArgumentException">Rows differ in length, or hold NaN or infinity.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are too few or too many rows, or an option is out of its range.</exception>
    public static IReadOnlyList<double[]> Embed(
        IReadOnlyList<double[]> rows, TSneOptions? options = null, IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        options ??= new TSneOptions();
        FeatureRowsCheck.WidthOf(rows);
        if (rows.Count is < 3 or > MaximumSamples)
        {
            throw new ArgumentOutOfRangeException(
                nameof(rows),
                rows.Count,
                $"Expected 3 to {MaximumSamples} rows. Take a random part of the samples: Dataset.Shuffle and Take.");
        }

        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Iterations, nameof(options.Iterations));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.EarlyExaggeration, 1, nameof(options.EarlyExaggeration));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.LearningRate ?? 1, nameof(options.LearningRate));
        double[][] joint = NeighbourProbabilities.Of(rows, options.Perplexity ?? Math.Min(30, Math.Max((rows.Count - 1) / 3.0, 1))).Joint();
        double rate = options.LearningRate ?? Math.Max(rows.Count / options.EarlyExaggeration / 4, 50);
        double[][] place = Start(rows, options.Seed);
        double[][] step = [new double[rows.Count], new double[rows.Count]];
        double[][] gain = [.. step.Select(axis => Array.ConvertAll(axis, _ => 1.0))];
        for (int iteration = 0; iteration < options.Iterations; iteration++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            bool isEarly = iteration < options.Iterations / 4;
            double[][] gradient = Gradient(joint, place, isEarly ? options.EarlyExaggeration : 1);
            double momentum = isEarly ? 0.5 : 0.8;
            for (int axis = 0; axis < 2; axis++)
            {
                for (int i = 0; i < rows.Count; i++)
                {
                    // A step gets longer while its direction stays, shorter when it turns (Jacobs, 1988).
                    bool turns = step[axis][i] * gradient[axis][i] > 0;
                    gain[axis][i] = Math.Max(turns ? gain[axis][i] * 0.8 : gain[axis][i] + 0.2, SmallestGain);
                    step[axis][i] = (momentum * step[axis][i]) - (rate * gain[axis][i] * gradient[axis][i]);
                    place[axis][i] += step[axis][i];
                }
            }

            progress?.Report(iteration + 1);
        }

        return [.. Enumerable.Range(0, rows.Count).Select(i => new[] { place[0][i], place[1][i] })];
    }

    /// <summary>The first two principal components, scaled down; noise separates samples that are alike.</summary>
    private static double[][] Start(IReadOnlyList<double[]> rows, long seed)
    {
        int axes = Math.Min(2, rows[0].Length);
        PrincipalComponents components = PrincipalComponents.Of(rows, axes);
        IReadOnlyList<double[]> scores = components.Project(rows);
        double deviation = Math.Sqrt(components.ExplainedVariance[0]);
        SeededRandom random = new(seed);
        double[][] place = [new double[rows.Count], new double[rows.Count]];
        for (int axis = 0; axis < 2; axis++)
        {
            for (int i = 0; i < rows.Count; i++)
            {
                double score = axis < axes && deviation > 0 ? scores[i][axis] / deviation * StartDeviation : 0;
                place[axis][i] = score + (StartNoise * random.NextDouble(-1, 1));
            }
        }

        return place;
    }

    // 4 (sum p q' (y_i - y_j) - sum q'² (y_i - y_j) / Z) with q' = 1 / (1 + |y_i - y_j|²) and Z the sum of all q'. Each row is summed by
    // one thread in one order, so the number of threads does not matter.
    private static double[][] Gradient(double[][] joint, double[][] place, double exaggeration)
    {
        int count = joint.Length;
        double[][] attraction = [new double[count], new double[count]];
        double[][] repulsion = [new double[count], new double[count]];
        double[] normaliser = new double[count];
        Parallel.For(0, count, i =>
        {
            double[] x = place[0], y = place[1], near = joint[i];
            Vector<double> sum = default, pullX = default, pullY = default, pushX = default, pushY = default;
            Vector<double> ownX = new(x[i]), ownY = new(y[i]);
            int j = 0;
            for (; j <= count - Vector<double>.Count; j += Vector<double>.Count)
            {
                Vector<double> dx = ownX - new Vector<double>(x, j), dy = ownY - new Vector<double>(y, j);
                Vector<double> closeness = Vector<double>.One / (Vector<double>.One + (dx * dx) + (dy * dy));
                Vector<double> pull = new Vector<double>(near, j) * closeness, push = closeness * closeness;
                sum += closeness;
                pullX += pull * dx;
                pullY += pull * dy;
                pushX += push * dx;
                pushY += push * dy;
            }

            double rest = Vector.Sum(sum);
            double restPullX = Vector.Sum(pullX), restPullY = Vector.Sum(pullY);
            double restPushX = Vector.Sum(pushX), restPushY = Vector.Sum(pushY);
            for (; j < count; j++)
            {
                double dx = x[i] - x[j], dy = y[i] - y[j];
                double closeness = 1 / (1 + (dx * dx) + (dy * dy));
                rest += closeness;
                restPullX += near[j] * closeness * dx;
                restPullY += near[j] * closeness * dy;
                restPushX += closeness * closeness * dx;
                restPushY += closeness * closeness * dy;
            }

            normaliser[i] = rest - 1; // a sample is no neighbour of its own
            (attraction[0][i], attraction[1][i]) = (restPullX, restPullY);
            (repulsion[0][i], repulsion[1][i]) = (restPushX, restPushY);
        });
        double all = normaliser.Sum();
        for (int axis = 0; axis < 2; axis++)
        {
            for (int i = 0; i < count; i++)
            {
                attraction[axis][i] = 4 * ((exaggeration * attraction[axis][i]) - (repulsion[axis][i] / all));
            }
        }

        return attraction;
    }
}
