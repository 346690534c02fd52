using System.Globalization;
using System.Text;

namespace TransferLearning;

/// <summary>
/// GPT-2's way to cut a text (openai/gpt-2, encoder.py), over code points, which .NET's expressions do not know:
/// <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>.
/// </summary>
internal static class BytePairWords
{
    private enum Kind
    {
        Letter,
        Number,
        Space,
        Other,
    }

    /// <summary>Where the word that begins at a place ends.</summary>
    public static int End(ReadOnlySpan<char> text, int start)
    {
        if (text[start] == '\'' && Contraction(text[(start + 1)..]) is int letters and > 0)
        {
            return start + 1 + letters;
        }

        int first = text[start] == ' ' && start + 1 < text.Length && KindAt(text, start + 1, out _) != Kind.Space ? start + 1 : start;
        Kind kind = KindAt(text, first, out int length);
        int end = first + length;
        int last = start;
        while (end < text.Length && KindAt(text, end, out length) == kind)
        {
            last = end;
            end += length;
        }

        // The last of several spaces belongs to the word after them.
        return kind == Kind.Space && end < text.Length && last > start ? last : end;
    }

    private static int Contraction(ReadOnlySpan<char> rest) => rest switch
    {
        ['s' or 't' or 'm' or 'd', ..] => 1,
        ['r' or 'v', 'e', ..] or ['l', 'l', ..] => 2,
        _ => 0,
    };

    private static Kind KindAt(ReadOnlySpan<char> text, int at, out int length)
    {
        char c = text[at];
        length = 1;
        if (char.IsAscii(c))
        {
            return char.IsAsciiLetter(c) ? Kind.Letter
                : char.IsAsciiDigit(c) ? Kind.Number
                : c is ' ' or (>= '\t' and <= '\r') ? Kind.Space : Kind.Other;
        }

        Rune.DecodeFromUtf16(text[at..], out Rune rune, out length);
        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => Kind.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Number,
            _ => Rune.IsWhiteSpace(rune) ? Kind.Space : Kind.Other,
        };
    }
}
