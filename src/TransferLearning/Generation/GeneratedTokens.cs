namespace TransferLearning;

/// <summary>What a network wrote, as tokens.</summary>
/// <param name="Tokens">The new tokens, the end token included if there is one.</param>
/// <param name="LogProbability">The sum of the tokens' log-probabilities, after the rules of the options and before temperature.</param>
/// <param name="Score">What beam search ranks by; else the sum over the length.</param>
/// <param name="Stop">Why writing ended.</param>
internal sealed record GeneratedTokens(IReadOnlyList<int> Tokens, double LogProbability, double Score, GenerationStop Stop);
