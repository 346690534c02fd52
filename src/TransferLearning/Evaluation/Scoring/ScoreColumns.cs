namespace TransferLearning;

/// <summary>What the values of scored samples are.</summary>
/// <param name="Content">Which of a model's outputs.</param>
/// <param name="ClassNames">What the values stand for where they are probabilities; else empty.</param>
/// <param name="HasOneClass">Whether exactly one class holds, the likeliest one.</param>
public sealed record ScoreColumns(ScoreContent Content, IReadOnlyList<string> ClassNames, bool HasOneClass);
