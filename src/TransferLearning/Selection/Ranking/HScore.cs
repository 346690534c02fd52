namespace TransferLearning;

/// <summary>
/// The H-score: how much of the features' variance lies between the classes, measured in units of their covariance, so that it is the same
/// for features that are turned or scaled. From 0 to the number of classes less 1.
/// </summary>
/// <remarks>Bao et al.: An Information-Theoretic Approach to Transferability in Task Transfer Learning, 2019; with a shrunk covariance
/// Ibrahim, Ponomareva, Mazumder: Newer is not always better: Rethinking transferability metrics, their peculiarities, stability and
/// performance, 2021; the shrinkage is that of Ledoit and Wolf: A well-conditioned estimator for large-dimensional covariance matrices,
/// 2004.</remarks>
/// <param name="Score">With the covariance's pseudo-inverse. With fewer samples than features it says next to nothing: prefer <paramref
/// name="Regularized"/>.</param>
/// <param name="Regularized">With the shrunk covariance.</param>
/// <param name="Shrinkage">How far the covariance was moved towards a multiple of the identity, 0 to 1.</param>
public sealed record HScore(double Score, double Regularized, double Shrinkage)
{
    private const double SmallestEigenvalue = 1e-10; // of the largest

    /// <summary>Computes both scores.</summary>
    /// <param name="features">[N, width], N at least 2.</param>
    /// <param name="labels">[N] integers.</param>
    /// <exception cref="ArgumentException">The shapes do not fit together, or a number is NaN or infinite.</exception>
    public static HScore Of(Tensor features, Tensor labels)
    {
        using DisposeScope scope = NewDisposeScope();
        return OfCentred(LabelledRows.Of(features, labels).Centred);
    }

    internal static HScore OfCentred(LabelledRows rows)
    {
        using DisposeScope scope = NewDisposeScope();
        double score = Plain(rows);
        (double regularized, double shrinkage) = Shrunk(rows, score);
        return new HScore(score, regularized, shrinkage);
    }

    // Of the features' singular vectors only those of the samples matter: the class means are means of rows.
    private static double Plain(LabelledRows rows)
    {
        Tensor x = rows.Features;
        bool isTall = rows.Count > rows.Width;
        (Tensor values, Tensor vectors) = linalg.eigh(isTall ? x.t().mm(x) : x.mm(x.t()));
        double largest = values.max().item<double>();
        if (largest <= 0)
        {
            return 0;
        }

        using Scalar least = (largest * SmallestEigenvalue).ToScalar();
        Tensor kept = values.gt(least).nonzero().flatten();
        vectors = vectors.index_select(1, kept);
        Tensor left = isTall ? x.mm(vectors).div(values.index_select(0, kept).sqrt()) : vectors; // [N, rank], of length 1
        Tensor sums = rows.Membership.t().mm(left).Square().sum(1);
        return sums.div(tensor(Array.ConvertAll(rows.Counts, count => (double)count))).sum().item<double>();
    }

    private static (double Score, double Shrinkage) Shrunk(LabelledRows rows, double plain)
    {
        Tensor x = rows.Features;
        (long count, long width) = (rows.Count, rows.Width);
        Tensor covariance = x.t().mm(x).Divide(count);
        double trace = covariance.trace().item<double>();
        double mean = trace / width;
        double norm = covariance.Square().sum().item<double>();
        double distance = (norm - (2 * mean * trace) + (width * mean * mean)) / width;
        double noise = ((x.Square().sum(1).Square().sum().item<double>() / count) - norm) / (count * (double)width);
        noise = Math.Min(noise, distance);
        if (mean == 0)
        {
            return (0, 0);
        }

        if (noise == 0 || width == 1)
        {
            return (plain * count / (count - 1), 0);
        }

        double shrinkage = noise / distance;
        Tensor shrunk = covariance.Multiply(1 - shrinkage).Add(eye(width, dtype: ScalarType.Float64), shrinkage * mean);
        Tensor means = rows.Means; // the rows have the mean 0
        Tensor solved = linalg.solve(shrunk, means.t()).t();
        Tensor weights = tensor(Array.ConvertAll(rows.Counts, number => (double)number)).unsqueeze(1);
        return ((1 - shrinkage) * means.mul(solved).mul(weights).sum().item<double>() / (count - 1), shrinkage);
    }
}
