namespace TransferLearning;

/// <summary>A sample that was left out.</summary>
/// <param name="Index">Its number in the data set.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Reason">Why: it could not be read, or it was all that was left of a batch.</param>
public sealed record SkippedSample(int Index, string Name, string Reason);
