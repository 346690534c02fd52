namespace TransferLearning;

/// <summary>A text that a network wrote.</summary>
/// <param name="Text">The text, without the prompt, special tokens and stop words.</param>
/// <param name="Tokens">Its tokens, the end token included if there is one.</param>
/// <param name="LogProbability">The sum of the tokens' log-probabilities.</param>
/// <param name="Stop">Why writing ended.</param>
/// <param name="TruncatedTokens">How many tokens of the text that was read did not fit the network and were left out.</param>
public sealed record GeneratedText(
    string Text, IReadOnlyList<int> Tokens, double LogProbability, GenerationStop Stop, int TruncatedTokens = 0)
{
    /// <summary>The text.</summary>
    public override string ToString() => Text;
}
