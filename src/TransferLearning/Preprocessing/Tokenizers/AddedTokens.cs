namespace TransferLearning;

/// <summary>Finds tokens in a text as Hugging Face's tokenizers do: from left to right the longest that begins at a place, never
/// overlapping. One that is to stand alone and does not is skipped as a whole.</summary>
internal sealed class AddedTokens
{
    private readonly SearchValues<string>? _anywhere;
    private readonly Dictionary<char, (string Content, AddedToken Token)[]> _byFirst;

    /// <param name="tokens">The tokens, and what stands in the text for each.</param>
    public AddedTokens(IEnumerable<(string Content, AddedToken Token)> tokens)
    {
        (string Content, AddedToken Token)[] found = [.. tokens.Where(token => token.Content.Length > 0)];
        _anywhere = found.Length == 0 ? null : SearchValues.Create([.. found.Select(token => token.Content)], StringComparison.Ordinal);
        _byFirst = found.GroupBy(token => token.Content[0])
            .ToDictionary(group => group.Key, group => group.OrderByDescending(token => token.Content.Length).ToArray());
    }

    /// <summary>The next token at or after a place of the text, with the white space that it takes along.</summary>
    public bool TryFind(ReadOnlySpan<char> text, int from, out AddedToken token, out int start, out int end)
    {
        for (int at = from; _anywhere is not null && at < text.Length;)
        {
            int step = text[at..].IndexOfAny(_anywhere);
            if (step < 0)
            {
                break;
            }

            at += step;
            (string content, token) = LongestAt(text[at..]);
            if (!token.SingleWord || !Touches(text, at, at + content.Length))
            {
                (start, end) = Widened(token, text, from, at, at + content.Length);
                return true;
            }

            at += content.Length;
        }

        (token, start, end) = (null!, text.Length, text.Length);
        return false;
    }

    private (string Content, AddedToken Token) LongestAt(ReadOnlySpan<char> text)
    {
        foreach ((string Content, AddedToken Token) candidate in _byFirst[text[0]])
        {
            if (text.StartsWith(candidate.Content, StringComparison.Ordinal))
            {
                return candidate;
            }
        }

        throw new InvalidOperationException("A token was found that does not stand in the text.");
    }

    private static bool Touches(ReadOnlySpan<char> text, int start, int end)
    {
        Rune.DecodeLastFromUtf16(text[..start], out Rune before, out _);
        Rune.DecodeFromUtf16(text[end..], out Rune after, out _);
        return (start > 0 && IsWord(before)) || (end < text.Length && IsWord(after));
    }

    // What \w stands for in Unicode's expressions: letters, marks, decimal digits, connectors and the two joiners.
    private static bool IsWord(Rune rune) => Rune.IsLetter(rune) || rune.Value is 0x200C or 0x200D || Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.LetterNumber or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.ConnectorPunctuation
        or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;

    private static (int Start, int End) Widened(AddedToken token, ReadOnlySpan<char> text, int from, int start, int end)
    {
        while (token.StripLeft && start > from && char.IsWhiteSpace(text[start - 1]))
        {
            start--;
        }

        while (token.StripRight && end < text.Length && char.IsWhiteSpace(text[end]))
        {
            end++;
        }

        return (start, end);
    }
}
