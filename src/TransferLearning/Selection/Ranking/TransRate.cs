namespace TransferLearning;

/// <summary>
/// TransRate: how many nats more it takes to describe all features up to a small error than to describe those of each class alone. High
/// where features vary between classes and little within. It depends on the scale of the features, so compare networks of one kind.
/// </summary>
/// <remarks>Huang et al.: Frustratingly Easy Transferability Estimation, 2022.</remarks>
/// <param name="Score">The coding rate of all less the mean of the classes' own, as the authors' program computes it.</param>
/// <param name="Weighted">The same with each class weighted by its share of the samples.</param>
/// <param name="CodingRate">The coding rate of all features.</param>
public sealed record TransRate(double Score, double Weighted, double CodingRate)
{
    /// <summary>Computes the score.</summary>
    /// <param name="features">[N, width].</param>
    /// <param name="labels">[N] integers.</param>
    /// <param name="epsilon">The squared error of the description, above 0.</param>
    /// <exception cref="ArgumentException">The shapes do not fit together, or a number is NaN or infinite.</exception>
    public static TransRate Of(Tensor features, Tensor labels, double epsilon = 1e-4)
    {
        using DisposeScope scope = NewDisposeScope();
        return OfCentred(LabelledRows.Of(features, labels).Centred, epsilon);
    }

    internal static TransRate OfCentred(LabelledRows rows, double epsilon = 1e-4)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(epsilon);
        using DisposeScope scope = NewDisposeScope();
        double whole = Rate(rows.Features, epsilon);
        double[] parts =
        [
            .. rows.Counts.Select((_, number) => Rate(
                rows.Features.index_select(0, rows.Classes.IsEqual(number).nonzero().flatten()), epsilon)),
        ];
        double weighted = parts.Zip(rows.Counts, (rate, count) => rate * count / rows.Count).Sum();
        return new TransRate(whole - parts.Average(), whole - weighted, whole);
    }

    // Half the logarithm of det(I + Z'Z / (n epsilon)), which is that of the smaller matrix I + ZZ' / (n epsilon).
    private static double Rate(Tensor rows, double epsilon)
    {
        using DisposeScope scope = NewDisposeScope();
        (long count, long width) = (rows.size(0), rows.size(1));
        Tensor products = width <= count ? rows.t().mm(rows) : rows.mm(rows.t());
        Tensor matrix = products.Divide(count * epsilon).AddInPlace(eye(products.size(0), dtype: ScalarType.Float64));
        return linalg.cholesky(matrix).diagonal().log().sum().item<double>();
    }
}
