namespace TransferLearning;

/// <summary>How far the second moments of two samples are apart (Sun and Saenko, "Deep CORAL", 2016).</summary>
internal static class CorrelationDistance
{
    /// <summary>|C_s - C_t|² / (4 d²) of the covariances; or, with means, the mean squared differences of covariances and of means. The
    /// scope of the caller gets what lies between.</summary>
    /// <param name="source">[n, d], two rows at least.</param>
    /// <param name="target">[m, d], two rows at least.</param>
    /// <param name="withMeans">The form of the Transfer-Learning-Library.</param>
    public static Tensor Of(Tensor source, Tensor target, bool withMeans)
    {
        Tensor apart = Covariance(source).sub(Covariance(target)).Square();
        return withMeans
            ? apart.mean().Add(source.mean([0]).sub(target.mean([0])).Square().mean())
            : apart.sum().Divide(4.0 * source.size(1) * source.size(1));
    }

    private static Tensor Covariance(Tensor rows)
    {
        Tensor centred = rows.sub(rows.mean([0], keepdim: true));
        return centred.t().matmul(centred).Divide(rows.size(0) - 1);
    }
}
