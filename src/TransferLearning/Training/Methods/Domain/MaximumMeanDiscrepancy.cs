namespace TransferLearning;

/// <summary>
/// Brings the features of source and target together by their maximum mean discrepancy under several Gaussian kernels: DAN (Long et al.,
/// "Learning Transferable Features with Deep Adaptation Networks", 2015).
/// </summary>
/// <param name="Target">The samples of the target; it stays the caller's.</param>
public sealed record MaximumMeanDiscrepancy(Dataset Target) : DomainMethod(Target)
{
    /// <summary>What <see cref="Factors"/> are multiples of. Default: <see cref="KernelBandwidths.TwiceMean"/>.</summary>
    public KernelBandwidths Bandwidths { get; init; } = KernelBandwidths.TwiceMean;

    /// <summary>
    /// The bandwidths of the kernels as multiples. Default: null, five steps by a factor of two: from 1/8 to 2 for
    /// <see cref="KernelBandwidths.TwiceMean"/>, from 1/4 to 4 for <see cref="KernelBandwidths.MeanOfPairs"/>;
    /// <see cref="KernelBandwidths.Fixed"/> has none.
    /// </summary>
    public IReadOnlyList<double>? Factors { get; init; }

    /// <summary>Whether the pairs of a sample with itself are left out, so that the mean over batches is that of all samples. Default:
    /// true.</summary>
    public bool Unbiased { get; init; } = true;

    /// <summary>The factors that are used.</summary>
    internal IReadOnlyList<double> UsedFactors => Factors ?? Bandwidths switch
    {
        KernelBandwidths.TwiceMean => [0.125, 0.25, 0.5, 1, 2],
        KernelBandwidths.MeanOfPairs => [0.25, 0.5, 1, 2, 4],
        _ => [],
    };

    /// <inheritdoc/>
    private protected override TrainingMethodState BeginTerm(TrainingMethodContext context)
        => UsedFactors.Count > 0 && UsedFactors.All(factor => factor > 0 && double.IsFinite(factor))
            ? new State(this, context)
            : throw Unfit($"needs {nameof(Factors)}, positive numbers, one for each kernel");

    private sealed class State(MaximumMeanDiscrepancy method, TrainingMethodContext context) : DomainState(method, context)
    {
        protected override Tensor Term(MethodStep step, Tensor source, Tensor target, Tensor logits)
        {
            Tensor bandwidths = KernelDiscrepancy.Bandwidths(source, target, method.Bandwidths, method.UsedFactors);
            return KernelDiscrepancy.Of(source, target, bandwidths, method.Unbiased);
        }
    }
}
