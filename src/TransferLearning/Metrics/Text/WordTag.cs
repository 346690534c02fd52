namespace TransferLearning;

/// <summary>A word and the tag that a model gives it.</summary>
/// <param name="Word">The word.</param>
/// <param name="Tag">The name of the tag.</param>
/// <param name="Probability">How likely it is, 0 to 1.</param>
public sealed record WordTag(string Word, string Tag, double Probability);
