using System.Buffers;

namespace TransferLearning;

/// <summary>Finds the tokens that are looked for before anything else; the longest wins where several begin.</summary>
internal sealed class AddedTokens
{
    private readonly SearchValues<string>? _anywhere;
    private readonly Dictionary<char, AddedToken[]> _byFirst;

    public AddedTokens(IEnumerable<AddedToken> tokens)
    {
        AddedToken[] found = [.. tokens.Where(token => token.Content.Length > 0)];
        _anywhere = found.Length == 0 ? null : SearchValues.Create([.. found.Select(token => token.Content)], StringComparison.Ordinal);
        _byFirst = found.GroupBy(token => token.Content[0])
            .ToDictionary(group => group.Key, group => group.OrderByDescending(token => token.Content.Length).ToArray());
    }

    /// <summary>The next token at or after a place of the text, with the white space that it takes along.</summary>
    public bool TryFind(ReadOnlySpan<char> text, int from, out AddedToken token, out int start, out int end)
    {
        for (int at = from; _anywhere is not null && at < text.Length; at++)
        {
            int step = text[at..].IndexOfAny(_anywhere);
            if (step < 0)
            {
                break;
            }

            at += step;
            foreach (AddedToken candidate in _byFirst[text[at]])
            {
                if (Stands(candidate, text, at))
                {
                    token = candidate;
                    (start, end) = Widened(candidate, text, from, at);
                    return true;
                }
            }
        }

        (token, start, end) = (null!, text.Length, text.Length);
        return false;
    }

    private static bool Stands(AddedToken token, ReadOnlySpan<char> text, int at)
    {
        int end = at + token.Content.Length;
        bool touches = (at > 0 && char.IsLetterOrDigit(text[at - 1])) || (end < text.Length && char.IsLetterOrDigit(text[end]));
        return text[at..].StartsWith(token.Content, StringComparison.Ordinal) && !(token.SingleWord && touches);
    }

    private static (int Start, int End) Widened(AddedToken token, ReadOnlySpan<char> text, int from, int at)
    {
        (int start, int end) = (at, at + token.Content.Length);
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
