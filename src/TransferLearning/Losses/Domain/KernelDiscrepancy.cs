namespace TransferLearning;

/// <summary>The squared maximum mean discrepancy of two samples under a sum of Gaussian kernels exp(-|x - y|² / bandwidth) (Gretton et al.,
/// "A Kernel Two-Sample Test", 2012).</summary>
internal static class KernelDiscrepancy
{
    /// <summary>The bandwidths of a rule, constants for the gradient: [factors].</summary>
    /// <param name="source">[n, d].</param>
    /// <param name="target">[m, d].</param>
    /// <param name="rule">What the factors are multiples of.</param>
    /// <param name="factors">The factors, one for each kernel.</param>
    public static Tensor Bandwidths(Tensor source, Tensor target, KernelBandwidths rule, IReadOnlyList<double> factors)
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor scales = tensor([.. factors], [factors.Count], source.dtype, source.device);
        if (rule == KernelBandwidths.Fixed)
        {
            return scales.MoveToOuterDisposeScope();
        }

        double count = source.size(0) + target.size(0);
        Tensor sum = Distances(cat([source, target])).sum();
        Tensor unit = rule == KernelBandwidths.TwiceMean ? sum.Multiply(2 / (count * count)) : sum.Divide((count * count) - count);

        // Where all rows are equal every kernel is 1.
        using Scalar least = 1e-12.ToScalar();
        return scales.mul(unit.clamp_min(least)).MoveToOuterDisposeScope();
    }

    /// <summary>The mean kernel within each domain minus twice the one between them; the scope of the caller gets what lies
    /// between.</summary>
    /// <param name="source">[n, d].</param>
    /// <param name="target">[m, d].</param>
    /// <param name="bandwidths">[kernels].</param>
    /// <param name="isUnbiased">Leaves out the pairs of a row with itself, which needs two rows of each; may be negative.</param>
    public static Tensor Of(Tensor source, Tensor target, Tensor bandwidths, bool isUnbiased)
    {
        (long n, long m) = (source.size(0), target.size(0));
        Tensor distances = Distances(cat([source, target])).unsqueeze(0).div(bandwidths.view([-1, 1, 1]));
        Tensor kernels = distances.neg().exp().sum([0]); // sum(0) would mean a type
        Tensor across = kernels.narrow(0, 0, n).narrow(1, n, m).mean();
        return Within(0, n).Add(Within(n, m)).Add(across, -2);

        Tensor Within(long start, long count)
        {
            Tensor own = kernels.narrow(0, start, count).narrow(1, start, count);
            return isUnbiased ? own.sum().sub(own.diagonal().sum()).Divide((double)count * (count - 1)) : own.mean();
        }
    }

    // |x|² + |y|² - 2xy loses digits far from the origin, so the origin is the mean; distances do not depend on it.
    private static Tensor Distances(Tensor rows)
    {
        Tensor centred = rows.sub(rows.detach().mean([0], keepdim: true));
        Tensor squares = centred.Square().sum(1);
        return squares.unsqueeze(0).Add(squares.unsqueeze(1)).Add(centred.matmul(centred.t()), -2).ClampMin(0);
    }
}
