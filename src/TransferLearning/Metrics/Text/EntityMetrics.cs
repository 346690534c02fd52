namespace TransferLearning;

/// <summary>How well entities of one type, or of all types together, are found. Each share is 0 where nothing can be divided by.</summary>
/// <param name="Type">The type; empty for all together.</param>
/// <param name="Precision">The share of the found entities that are right, type and both ends.</param>
/// <param name="Recall">The share of the real entities that are found.</param>
/// <param name="F1">The harmonic mean of both.</param>
/// <param name="Support">How many real entities there are.</param>
public sealed record EntityMetrics(string Type, double Precision, double Recall, double F1, long Support);
