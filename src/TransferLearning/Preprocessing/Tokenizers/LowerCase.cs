namespace TransferLearning;

/// <summary>Unicode's lower case as Python's <c>str.lower</c> has it, with the Greek final sigma, alike in every culture.</summary>
internal static class LowerCase
{
    public const int CapitalSigma = 0x3A3;
    public const int DottedCapitalI = 0x130;
    private const string MidWord = "'.:^`\u00A8\u00AD\u00AF\u00B4\u00B7\u00B8\u0387\u055F\u05F4"
        + "\u2018\u2019\u2024\u2027\uFE13\uFE52\uFE55\uFF07\uFF0E\uFF1A";

    /// <summary>The lower-case form of the character at a place; the dotted capital I gives only its first part.</summary>
    public static Rune Of(Rune rune, ReadOnlySpan<char> text, int at) => rune.Value switch
    {
        CapitalSigma => new Rune(IsFinal(text, at) ? '\u03C2' : '\u03C3'),
        DottedCapitalI => new Rune('i'),
        _ => Rune.ToLowerInvariant(rune),
    };

    // Unicode's Final_Sigma: a cased letter before, none after, with characters between that do not matter.
    private static bool IsFinal(ReadOnlySpan<char> text, int at)
    {
        int before = at;
        bool cased = false;
        while (before > 0)
        {
            Rune.DecodeLastFromUtf16(text[..before], out Rune rune, out int length);
            before -= length;
            if (!Ignorable(rune))
            {
                cased = Cased(rune);
                break;
            }
        }

        if (!cased)
        {
            return false;
        }

        for (int after = at + 1; after < text.Length;)
        {
            Rune.DecodeFromUtf16(text[after..], out Rune rune, out int length);
            after += length;
            if (!Ignorable(rune))
            {
                return !Cased(rune);
            }
        }

        return true;
    }

    private static bool Ignorable(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format => true,
        UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol => true,
        // These are gone by the time that BERT lower-cases.
        UnicodeCategory.Control => rune.Value is not ('\t' or '\n' or '\r'),
        UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate or UnicodeCategory.OtherNotAssigned => true,
        _ => rune.Value == 0xFFFD || (rune.IsBmp && MidWord.Contains((char)rune.Value, StringComparison.Ordinal)),
    };

    private static bool Cased(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter => true,
        UnicodeCategory.LetterNumber => rune.Value is >= 0x2160 and <= 0x217F,
        UnicodeCategory.OtherSymbol => rune.Value is (>= 0x24B6 and <= 0x24E9) or (>= 0x1F130 and <= 0x1F189),
        _ => rune.Value is 0xAA or 0xBA,
    };
}
