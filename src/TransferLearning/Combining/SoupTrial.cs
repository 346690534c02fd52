namespace TransferLearning;

/// <summary>What became of one model when it was tried in a soup.</summary>
/// <param name="Path">The saved model.</param>
/// <param name="Alone">What it reaches alone.</param>
/// <param name="Mixed">What the mean of the members before it and itself reaches; of the first one what it reaches alone.</param>
/// <param name="IsMember">Whether it stayed.</param>
public sealed record SoupTrial(string Path, EvaluationResult Alone, EvaluationResult Mixed, bool IsMember);
