namespace TransferLearning;

/// <summary>How far maps of features, [N, C, h, w], are from those of another network.</summary>
internal static class FeatureDistance
{
    private const double SmallestLength = 1e-12;

    /// <summary>The squared distance of each sample's channels, [N, C].</summary>
    public static Tensor Squared(Tensor map, Tensor source)
    {
        using Tensor difference = map.sub(source);
        using Tensor squares = difference.Square();
        return squares.sum([2, 3]);
    }

    /// <summary>Half the sum over samples and channels of C · attention · squared distance / (h w): DELTA (Li et al., 2019).</summary>
    /// <param name="squared">What <see cref="Squared"/> gave.</param>
    /// <param name="attention">How much each channel counts, [C]; null for 1 each.</param>
    /// <param name="places">h · w.</param>
    public static Tensor Weighted(Tensor squared, Tensor? attention, long places)
    {
        using Tensor weighted = attention is null ? squared.alias() : squared.mul(attention);
        using Tensor sum = weighted.sum();
        return sum.Multiply(squared.size(1) / (2.0 * places));
    }

    /// <summary>The mean squared difference of a 1×1 convolution of a map and another map: FitNets' hint (Romero et al., 2015).</summary>
    /// <param name="regressed">The convolution of the student's map, of the hint's shape.</param>
    /// <param name="hint">The teacher's map.</param>
    public static Tensor Hint(Tensor regressed, Tensor hint) => nn.functional.mse_loss(regressed, hint);

    /// <summary>The squares of a map summed over channels, flattened and divided by their length: what a network attends to, [N, h w]
    /// (Zagoruyko and Komodakis, 2017).</summary>
    public static Tensor Attention(Tensor map)
    {
        using Tensor squares = map.Square();
        using Tensor sums = squares.sum([1]);
        using Tensor flat = sums.flatten(1);
        return nn.functional.normalize(flat, 2, 1, SmallestLength);
    }

    /// <summary>The mean squared difference of two maps' <see cref="Attention"/>; they may differ in channels.</summary>
    public static Tensor AttentionTransfer(Tensor map, Tensor teacher)
    {
        using Tensor student = Attention(map), other = Attention(teacher);
        return nn.functional.mse_loss(student, other);
    }
}
