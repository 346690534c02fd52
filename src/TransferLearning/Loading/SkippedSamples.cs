namespace TransferLearning;

/// <summary>What a <see cref="BatchLoader"/> has skipped so far.</summary>
/// <param name="Count">How often a sample was skipped; one that is damaged counts in every epoch.</param>
/// <param name="Samples">The first 100 different samples that were skipped.</param>
public sealed record SkippedSamples(long Count, IReadOnlyList<SkippedSample> Samples)
{
    private const int MostNamed = 100;

    /// <summary>None.</summary>
    public static SkippedSamples None { get; } = new(0, []);

    /// <summary>These and what was skipped later.</summary>
    internal SkippedSamples And(SkippedSamples later) => Count == 0
        ? later
        : new SkippedSamples(Count + later.Count, [.. Samples.Concat(later.Samples).DistinctBy(sample => sample.Index).Take(MostNamed)]);
}
