namespace TransferLearning;

/// <summary>What every tokenizer has besides its way to cut a text.</summary>
/// <param name="Vocabulary">All tokens, those added later included.</param>
/// <param name="Added">The tokens that are looked for in the text before anything else.</param>
/// <param name="Layout">How special tokens stand around texts.</param>
internal sealed record TokenizerParts(TokenVocabulary Vocabulary, IReadOnlyList<AddedToken> Added, SpecialTokenLayout Layout)
{
    public int? PadId { get; init; }
    public int? UnknownId { get; init; }
    public int? ClassId { get; init; }
    public int? SeparatorId { get; init; }
    public int? MaskId { get; init; }

    /// <summary>Tokens that decoding leaves out although nobody looks for them in a text.</summary>
    public IReadOnlyCollection<int> Hidden { get; init; } = [];

    public int? MaximumLength { get; init; }
}
