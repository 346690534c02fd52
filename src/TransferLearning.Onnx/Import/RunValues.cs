namespace TransferLearning.Onnx;

/// <summary>The values that flow through a graph instead of a network's own: drawn from a seed, the same in both graphs.</summary>
internal static class RunValues
{
    // Enough to tell rows from each other, at little work.
    private const int Rank = 8;

    /// <summary>Numbers from -bound to bound, float64.</summary>
    public static Tensor Uniform(long seed, long[] shape, double bound)
    {
        using Generator generator = new((ulong)seed + 17, CPU);
        Tensor unit = rand(shape, ScalarType.Float64, CPU, false, generator);
        return unit.mul(NumberNodes.Of(2 * bound)).sub(NumberNodes.Of(bound));
    }

    /// <summary>A linear map of rows [..., D] to [..., outputs], the largest number the bound. Whatever the order of the rows is, each
    /// gives the same.</summary>
    public static Tensor Mapped(Tensor rows, long outputs, long seed, double bound)
    {
        Tensor mapped = rows.matmul(Uniform(seed, [rows.size(-1), Rank], 1)).matmul(Uniform(seed + 1, [Rank, outputs], 1));
        double largest = mapped.numel() == 0 ? 0 : mapped.abs().max().item<double>();
        return largest > 0 ? mapped.mul(NumberNodes.Of(bound / largest)) : mapped;
    }
}
