namespace TransferLearning;

/// <summary>A sample that was left out because it could not be read.</summary>
/// <param name="Index">Its number in the data set.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Reason">Why it could not be read.</param>
public sealed record SkippedSample(int Index, string Name, string Reason);
