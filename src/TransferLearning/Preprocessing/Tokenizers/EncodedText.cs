namespace TransferLearning;

/// <summary>A text, or a pair of texts, as tokens. All arrays have one entry for each token.</summary>
/// <param name="Ids">The token ids.</param>
/// <param name="TypeIds">The segment of each token, as BERT counts them: 1 for the pair and what closes it, else 0.</param>
/// <param name="Offsets">Where each token stands in its text, in UTF-16 units: <c>text.Substring(Start, Length)</c>. White space before a
/// token does not count; a special token put around the text has (0, 0). Starts never decrease within one text.</param>
/// <param name="WordIndices">The word of its text that each token is part of, counted from 0; -1 for special tokens put around it.</param>
/// <param name="SequenceIndices">0 for tokens of the text, 1 for those of the pair, -1 for special tokens put around them.</param>
/// <param name="SpecialTokens">True for special tokens put around the texts.</param>
/// <param name="TruncatedTokens">How many tokens were cut off to keep to the maximum length; 0 when everything fitted.</param>
public sealed record EncodedText(
    int[] Ids, int[] TypeIds, (int Start, int Length)[] Offsets, int[] WordIndices, int[] SequenceIndices, bool[] SpecialTokens,
    int TruncatedTokens)
{
    /// <summary>The number of tokens.</summary>
    public int Length => Ids.Length;
}
