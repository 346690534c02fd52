namespace TransferLearning;

/// <summary>What predicting in another number type than float32 changes.</summary>
/// <param name="Served">The number type that was used; float32 where the CPU or GPU does not serve the one asked for, or its results
/// were too far off.</param>
/// <param name="LargestDifference">The largest distance over batches of a sample's outputs from those in float32, as a share of their
/// norm.</param>
/// <param name="Agreement">For how many of the samples the same class is predicted, 0 to 1; null for a task without classes of whole
/// samples.</param>
/// <param name="Count">The number of samples.</param>
/// <param name="Seconds">How long the network took for them, without the first batch.</param>
/// <param name="SecondsInFloat32">How long it took in float32.</param>
public sealed record PrecisionReport(
    Precision Served, double LargestDifference, double? Agreement, int Count, double Seconds, double SecondsInFloat32)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Served}: outputs of {Count} samples differ by at most {LargestDifference:P2} of their norm"
            + $"{(Agreement is { } same ? $", {same:P2} of the predicted classes are the same" : "")}");
}
