namespace TransferLearning;

/// <summary>How a text is cut into words before byte-pair encoding. Each rule is a published regular expression, over code points, which
/// .NET's expressions do not know, and in time that grows with the length alone.</summary>
internal static class BytePairWords
{
    private const string Contractions = "'s|'t|'re|'ve|'m|'ll|'d";
    private const string Rest = @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>Where the word that begins at a place ends; negative where white space stands there that belongs to no word.</summary>
    public delegate int EndOfWord(ReadOnlySpan<char> text, int start);

    private enum Kind
    {
        Letter,
        Number,
        Space,
        Other,
    }

    /// <summary>The rule of a regular expression; null where it is not known.</summary>
    public static EndOfWord? Of(string expression) => expression switch
    {
        Contractions + @"| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+" => LikeGpt2,
        Contractions + @"|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+" => LikeClip,
        "(?i:" + Contractions + @")|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}" + Rest => LikeQwen2,
        "(?i:" + Contractions + @")|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}" + Rest => (text, start) => Lines(text, start, mostDigits: 3),
        _ => null,
    };

    /// <summary>GPT-2's rule (openai/gpt-2, encoder.py).</summary>
    public static int LikeGpt2(ReadOnlySpan<char> text, int start)
    {
        if (Contraction(text, start, ignoreCase: false) is int contraction and > 0)
        {
            return contraction;
        }

        int first = text[start] == ' ' && start + 1 < text.Length && KindAt(text, start + 1, out _) != Kind.Space ? start + 1 : start;
        Kind kind = KindAt(text, first, out int length);
        return kind == Kind.Space ? EndOfSpaces(text, first) : EndOfRun(text, first + length, kind);
    }

    /// <summary>CLIP's rule (openai/CLIP, simple_tokenizer.py): a digit is a word, white space belongs to none.</summary>
    public static int LikeClip(ReadOnlySpan<char> text, int start)
    {
        Kind kind = KindAt(text, start, out int length);
        return kind switch
        {
            Kind.Space => -(start + length),
            Kind.Number => start + length,
            _ => Contraction(text, start, ignoreCase: false) is int contraction and > 0 ? contraction : EndOfRun(text, start, kind),
        };
    }

    /// <summary>Qwen2's rule: one mark may lead letters, a digit is a word, line ends close what stands before them.</summary>
    public static int LikeQwen2(ReadOnlySpan<char> text, int start) => Lines(text, start, mostDigits: 1);

    private static int Lines(ReadOnlySpan<char> text, int start, int mostDigits)
    {
        if (Contraction(text, start, ignoreCase: true) is int contraction and > 0)
        {
            return contraction;
        }

        Kind kind = KindAt(text, start, out int length);
        bool isLineEnd = text[start] is '\r' or '\n';
        int second = start + length;
        if (kind == Kind.Letter)
        {
            return EndOfRun(text, start, kind);
        }

        if (kind == Kind.Number)
        {
            int end = second;
            for (int digits = 1; digits < mostDigits && end < text.Length && KindAt(text, end, out length) == Kind.Number; digits++)
            {
                end += length;
            }

            return end;
        }

        Kind? next = second < text.Length ? KindAt(text, second, out _) : null;
        if (next == Kind.Letter && !isLineEnd)
        {
            return EndOfRun(text, second, Kind.Letter);
        }

        if (kind == Kind.Other || (text[start] == ' ' && next == Kind.Other))
        {
            int end = EndOfRun(text, kind == Kind.Other ? start : second, Kind.Other);
            while (end < text.Length && text[end] is '\r' or '\n')
            {
                end++;
            }

            return end;
        }

        int spaces = EndOfRun(text, start, Kind.Space), line = text[start..spaces].LastIndexOfAny('\r', '\n');
        return line >= 0 ? start + line + 1 : EndOfSpaces(text, start);
    }

    private static int EndOfRun(ReadOnlySpan<char> text, int start, Kind kind)
    {
        int end = start;
        while (end < text.Length && KindAt(text, end, out int length) == kind)
        {
            end += length;
        }

        return end;
    }

    // The last of several spaces belongs to the word after them. All white space is of one UTF-16 unit.
    private static int EndOfSpaces(ReadOnlySpan<char> text, int start)
    {
        int end = EndOfRun(text, start, Kind.Space);
        return end < text.Length && end - start > 1 ? end - 1 : end;
    }

    private static int Contraction(ReadOnlySpan<char> text, int start, bool ignoreCase)
    {
        if (text[start] != '\'' || start + 1 == text.Length)
        {
            return 0;
        }

        char first = Folded(text[start + 1], ignoreCase), second = start + 2 < text.Length ? Folded(text[start + 2], ignoreCase) : '\0';
        return (first, second) switch
        {
            ('s' or 't' or 'm' or 'd', _) => start + 2,
            ('r' or 'v', 'e') or ('l', 'l') => start + 3,
            _ => 0,
        };
    }

    // The long s is another form of s.
    private static char Folded(char c, bool ignoreCase)
        => !ignoreCase ? c : c == '\u017F' ? 's' : char.IsAscii(c) ? char.ToLowerInvariant(c) : c;

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
