namespace TransferLearning;

/// <summary>
/// GBC, the Gaussian Bhattacharyya coefficient: describes each class by a Gaussian, and sums how much the Gaussians of two classes overlap.
/// </summary>
/// <remarks>Pándy, Agostinelli, Uijlings, Ferrari, Mensink: Transferability Estimation using Bhattacharyya Class Separability,
/// 2022.</remarks>
public static class GaussianSeparation
{
    /// <summary>Minus the sum of the overlaps, over all ordered pairs of different classes.</summary>
    /// <param name="features">[N, width].</param>
    /// <param name="labels">[N] integers.</param>
    /// <param name="isSpherical">Whether a class has the same variance in all directions, which needs fewer samples, instead of one for
    /// each feature.</param>
    /// <param name="smallestVariance">What variances are raised to, above 0.</param>
    /// <returns>0 where no classes overlap; the lowest value, where all do, is minus the number of ordered pairs.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit together, or a number is NaN or infinite.</exception>
    public static double Of(Tensor features, Tensor labels, bool isSpherical = false, double smallestVariance = 1e-4)
    {
        using DisposeScope scope = NewDisposeScope();
        return Of(LabelledRows.Of(features, labels), isSpherical, smallestVariance);
    }

    internal static double Of(LabelledRows rows, bool isSpherical = false, double smallestVariance = 1e-4)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(smallestVariance);
        using DisposeScope scope = NewDisposeScope();
        Tensor means = rows.Means;
        Tensor within = rows.Features.sub(means.index_select(0, rows.Classes)).Square();
        Tensor counts = tensor(Array.ConvertAll(rows.Counts, count => (double)count)).unsqueeze(1);
        Tensor variances = rows.Membership.t().mm(within).div(counts);
        variances = isSpherical ? variances.mean([1], keepdim: true).expand(means.shape) : variances;
        using Scalar least = smallestVariance.ToScalar();
        variances = variances.clamp_min(least);
        Tensor logarithms = variances.log().sum(1);
        double sum = 0;
        for (int number = 0; number < rows.Counts.Length; number++)
        {
            using DisposeScope pairs = NewDisposeScope();
            Tensor shared = variances.Add(variances[number]).Divide(2);
            Tensor mahalanobis = means.sub(means[number]).Square().div(shared).sum(1).Divide(8);
            Tensor shape = shared.log().sum(1).sub(logarithms.Add(logarithms[number]).Divide(2)).Divide(2);
            Tensor overlaps = mahalanobis.Add(shape).neg().exp();
            sum += overlaps.sum().item<double>() - overlaps[number].item<double>();
        }

        return -sum;
    }
}
