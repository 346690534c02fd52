namespace TransferLearning;

/// <summary>A text as tokens.</summary>
/// <param name="Encoded">The tokens.</param>
/// <param name="Target">What is to be learned of it.</param>
public sealed record TokenExample(EncodedText Encoded, Target Target) : Example(Target, Encoded.Length)
{
    /// <summary>The number that marks a token without a label.</summary>
    public const long NoLabel = -100;

    /// <summary>
    /// What a task wants of each token. Null where targets are not per token.
    /// </summary>
    public long[]? TokenLabels { get; init; }
}
