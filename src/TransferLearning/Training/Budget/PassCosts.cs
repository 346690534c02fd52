namespace TransferLearning;

/// <summary>What one pass over samples costs: the first batch makes room, or a faster form of the network, and the others do not.</summary>
/// <param name="First">The first batch.</param>
/// <param name="Next">Each other one.</param>
internal readonly record struct PassCosts(MeasuredTime First, MeasuredTime Next)
{
    /// <summary>The costs by the times of a pass's first batches.</summary>
    public static PassCosts Of(IReadOnlyList<double> batches)
        => batches.Count == 0 ? default
            : new PassCosts(
                MeasuredTime.Of([batches[0]]), batches.Count == 1 ? MeasuredTime.Of([batches[0]]) : MeasuredTime.Of([.. batches.Skip(1)]));
}
