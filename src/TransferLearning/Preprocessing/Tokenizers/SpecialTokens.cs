namespace TransferLearning;

/// <summary>Puts the special tokens of a vocabulary in their places.</summary>
internal static class SpecialTokens
{
    public const string EndOfText = "<|endoftext|>";

    /// <summary>The parts of a tokenizer whose special tokens have these names, as far as the vocabulary has them.</summary>
    public static TokenizerParts Parts(
        TokenVocabulary vocabulary, SpecialTokenLayout layout, TokenizerSettings settings,
        (string Pad, string Unknown, string Class, string Separator, string Mask) names, IEnumerable<AddedToken>? more = null,
        Func<string, bool>? isAdded = null)
    {
        Dictionary<string, AddedToken> added = [];
        foreach (string name in new[] { names.Pad, names.Unknown, names.Class, names.Separator, names.Mask })
        {
            if (name.Length > 0 && vocabulary.IdOf(name) is int id && isAdded?.Invoke(name) != false)
            {
                // RoBERTa's mask takes the space before it along, as its words do.
                added[name] = new AddedToken(name, id, StripLeft: name == "<mask>");
            }
        }

        foreach (AddedToken token in (more ?? []).Concat(settings.Added))
        {
            added[token.Content] = token;
        }

        return new TokenizerParts(vocabulary, [.. added.Values], layout)
        {
            PadId = vocabulary.IdOf(names.Pad),
            UnknownId = vocabulary.IdOf(names.Unknown),
            ClassId = vocabulary.IdOf(names.Class),
            SeparatorId = vocabulary.IdOf(names.Separator),
            MaskId = vocabulary.IdOf(names.Mask),
            MaximumLength = settings.MaximumLength,
        };
    }
}
