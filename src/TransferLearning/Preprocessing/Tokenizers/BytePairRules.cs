namespace TransferLearning;

/// <summary>What byte-level tokenizers differ in. The defaults are GPT-2's.</summary>
internal sealed record BytePairRules
{
    /// <summary>CLIP's: lower case, white space is one space, and the last byte of a word is another symbol.</summary>
    public static BytePairRules Clip { get; } = new()
    {
        Words = BytePairWords.LikeClip,
        EndOfWordSuffix = "</w>",
        Normalizers =
        [UnicodeNormalization.Composed, TextNormalizers.ReplaceSpaces(least: 1, anyKind: true, " "), TextNormalizers.LowerCased],
    };

    /// <summary>Qwen2's: Unicode's form C, and a rule of its own for words.</summary>
    public static BytePairRules Qwen2 { get; } = new() { Words = BytePairWords.LikeQwen2, Normalizers = [UnicodeNormalization.Composed] };

    /// <summary>What is done to the text first.</summary>
    public IReadOnlyList<TextNormalizer> Normalizers { get; init; } = [];

    /// <summary>How the text is cut into words.</summary>
    public BytePairWords.EndOfWord Words { get; init; } = BytePairWords.LikeGpt2;

    /// <summary>Whether a text that does not begin with a space gets one.</summary>
    public bool AddPrefixSpace { get; init; }

    /// <summary>What the symbol of a word's last byte ends in; empty for none.</summary>
    public string EndOfWordSuffix { get; init; } = string.Empty;

    /// <summary>Whether a word that is a token is that token, whatever the merges say.</summary>
    public bool IgnoreMerges { get; init; }
}
