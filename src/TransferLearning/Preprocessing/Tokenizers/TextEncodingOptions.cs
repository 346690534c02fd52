namespace TransferLearning;

/// <summary>How <see cref="TextTokenizer.Encode"/> turns a text into tokens.</summary>
public sealed record TextEncodingOptions
{
    internal static TextEncodingOptions Default { get; } = new();

    /// <summary>The most tokens of the result, special tokens included. Null, the default, means
    /// <see cref="TextTokenizer.MaximumLength"/>.</summary>
    public int? MaximumLength { get; init; }

    /// <summary>What happens to what does not fit; the longer text loses its end by default.</summary>
    public TextTruncation Truncation { get; init; } = TextTruncation.LongestFirst;

    /// <summary>Whether the model's special tokens are put around the text; yes by default.</summary>
    public bool AddSpecialTokens { get; init; } = true;

    /// <summary>Whether special tokens that stand written in the text, such as <c>[MASK]</c>, become those tokens; yes by default, as in
    /// Hugging Face's tokenizers. With no, a text from outside cannot contain them.</summary>
    public bool ReadSpecialTokens { get; init; } = true;
}
