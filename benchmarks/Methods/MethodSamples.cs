namespace TransferLearning.Benchmarks;

/// <summary>The samples of a task.</summary>
/// <param name="Train">What is trained on.</param>
/// <param name="Test">What is evaluated on.</param>
/// <param name="Shifted">The same worse to see; null for texts.</param>
/// <param name="Unlabelled">More of the same kind, whose labels no method may see; null for none.</param>
internal sealed record MethodSamples(Dataset Train, Dataset Test, Dataset? Shifted = null, Dataset? Unlabelled = null)
{
    private const int Severity = 3;

    /// <summary>Images of which each has one of the kinds of corruption, in turn.</summary>
    public static Dataset Corrupted(Dataset images)
    {
        CorruptionKind[] kinds = Enum.GetValues<CorruptionKind>();
        return kinds
            .Select((kind, first) => images
                .Subset(Enumerable.Range(0, images.Count).Where(index => index % kinds.Length == first))
                .Corrupted(kind, Severity))
            .Aggregate((one, other) => one.Concat(other));
    }
}
