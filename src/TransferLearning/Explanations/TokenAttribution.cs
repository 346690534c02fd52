namespace TransferLearning;

/// <summary>The share of a token or a word in a prediction.</summary>
/// <param name="Text">The token as the tokenizer has it, or the word as it stands in the text.</param>
/// <param name="Value">Its share.</param>
/// <param name="Start">Where it begins in its text, in UTF-16 units.</param>
/// <param name="Length">How long it is there; 0 for a special token put around the text.</param>
/// <param name="IsInPair">Whether it stands in the second text of a pair.</param>
public sealed record TokenAttribution(string Text, double Value, int Start, int Length, bool IsInPair);
