namespace TransferLearning;

/// <summary>How well entities are found, as seqeval reports it.</summary>
/// <param name="Types">Each type that occurs in references or predictions, in ordinal order.</param>
/// <param name="Micro">All entities together; its F1 is "the" entity F1.</param>
/// <param name="Macro">The means over types.</param>
/// <param name="Weighted">The means over types, weighted with their support.</param>
/// <param name="TokenAccuracy">The share of words whose tag is right.</param>
public sealed record EntityReport(
    IReadOnlyList<EntityMetrics> Types, EntityMetrics Micro, AveragedMetrics Macro, AveragedMetrics Weighted, double TokenAccuracy);
