namespace TransferLearning;

/// <summary>What one pass over samples costs: the first batch makes room, or a faster form of the network, and the others do not.</summary>
/// <param name="First">The first batch.</param>
/// <param name="Next">Each other one.</param>
internal readonly record struct PassCosts(MeasuredMean First, MeasuredMean Next)
{
    /// <summary>The costs by the times of a pass's first batches.</summary>
    public static PassCosts Of(IReadOnlyList<double> batches)
        => batches.Count == 0 ? default
            : new PassCosts(
                MeasuredMean.Of([batches[0]]), batches.Count == 1 ? MeasuredMean.Of([batches[0]]) : MeasuredMean.Of([.. batches.Skip(1)]));
}
