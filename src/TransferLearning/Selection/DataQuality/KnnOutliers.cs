namespace TransferLearning;

/// <summary>
/// How far each sample is from its nearest neighbours (Ramaswamy et al.: Efficient Algorithms for Mining Outliers from Large Data Sets,
/// 2000): what lies far from everything else is an outlier.
/// </summary>
/// <param name="KthDistances">The Euclidean distance of each sample to the k-th nearest other one.</param>
/// <param name="MeanDistances">The mean distance to the k nearest others.</param>
/// <param name="Nearest">The nearest other sample; -1 where there is no other.</param>
public sealed record KnnOutliers(
    IReadOnlyList<double> KthDistances, IReadOnlyList<double> MeanDistances, IReadOnlyList<int> Nearest)
{
    // Distances of a block to all samples that are in memory at once.
    private const int BlockElements = 1 << 24;

    // Candidates beyond k that the products' rounding may put in a wrong order.
    private const int Spare = 8;

    /// <summary>The samples by their distance to the k-th neighbour, the farthest first; equal ones by number.</summary>
    public IReadOnlyList<int> RankByKthDistance()
        => [.. Enumerable.Range(0, KthDistances.Count).OrderByDescending(sample => KthDistances[sample])];

    /// <summary>
    /// Measures all samples, block by block, in memory that does not grow with the square of their number. Candidates are found by matrix
    /// products in the number type of the features; their distances are computed in float64.
    /// </summary>
    /// <param name="features">[N, width] float32 or float64.</param>
    /// <param name="neighbours">k, at least 1; all others where there are fewer.</param>
    /// <param name="progress">Receives how many samples are done.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentException">The features are no matrix, or k is not positive.</exception>
    public static KnnOutliers Of(
        Tensor features, int neighbours, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(neighbours);
        FeatureMatrix rows = new(features);
        int count = rows.Count, k = Math.Min(neighbours, count - 1);
        double[] kth = new double[count], mean = new double[count];
        int[] nearest = new int[count];
        nearest.AsSpan().Fill(-1);
        if (k < 1)
        {
            return new KnnOutliers(kth, mean, nearest);
        }

        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor all = features.detach().cpu().to(features.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32);
        all = all.sub(all.mean([0], keepdim: true)); // smaller numbers lose less where squares cancel out
        Tensor squares = all.Square().sum(1);
        int candidates = Math.Min(k + Spare, count - 1), block = Math.Clamp(BlockElements / count, 1, count);
        for (int first = 0; first < count; first += block)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int size = Math.Min(block, count - first);
            long[] found = Candidates(all, squares, first, size, candidates);
            Parallel.For(0, size, i =>
            {
                int sample = first + i;
                (double Distance, int Other)[] near = Measured(rows, sample, found.AsSpan(i * candidates, candidates));
                kth[sample] = near[k - 1].Distance;
                mean[sample] = near.Take(k).Average(one => one.Distance);
                nearest[sample] = near[0].Other;
            });
            progress?.Report(first + size);
        }

        return new KnnOutliers(kth, mean, nearest);
    }

    private static long[] Candidates(Tensor all, Tensor squares, int first, int size, int candidates)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor distances = all.narrow(0, first, size).mm(all.t()).MultiplyInPlace(-2).AddInPlace(squares);
        distances.diagonal(first).Fill(double.PositiveInfinity); // nobody is his own neighbour
        (_, Tensor indices) = distances.topk(candidates, 1, largest: false, sorted: false);
        return indices.contiguous().data<long>().ToArray();
    }

    private static (double Distance, int Other)[] Measured(FeatureMatrix rows, int sample, ReadOnlySpan<long> others)
    {
        double[] buffer = rows.Buffer();
        ReadOnlySpan<double> own = rows.Row(sample, rows.Buffer());
        (double Distance, int Other)[] near = new (double, int)[others.Length];
        for (int i = 0; i < near.Length; i++)
        {
            int other = (int)others[i];
            near[i] = (Math.Sqrt(FeatureMatrix.SquaredDistance(own, rows.Row(other, buffer))), other);
        }

        Array.Sort(near);
        return near;
    }
}
