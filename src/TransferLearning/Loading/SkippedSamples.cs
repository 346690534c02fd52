namespace TransferLearning;

/// <summary>What a <see cref="BatchLoader"/> has left out so far.</summary>
/// <param name="Count">How often a sample was left out; one that is damaged counts in every epoch.</param>
/// <param name="Samples">The first 100 different samples that were left out.</param>
public sealed record SkippedSamples(long Count, IReadOnlyList<SkippedSample> Samples);
