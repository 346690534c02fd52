namespace TransferLearning;

/// <summary>BERT's basic tokenizer (google-research/bert, tokenization.py): cleans the text, sets Chinese characters apart, lower-cases,
/// strips accents, and splits at white space and at every punctuation character; each word keeps its place in the original.</summary>
internal sealed class BertWords
{
    private readonly BertNormalization _normalization;

    public BertWords(BertNormalization normalization) => _normalization = normalization;

    /// <summary>Takes a word, from one character to another.</summary>
    public delegate void WordAction(AlignedText text, int from, int to);

    /// <summary>Cleans a stretch of the text, lower-cases it and so on; words are still together.</summary>
    public AlignedText Normalize(string text, int start, int end)
    {
        AlignedText result = new(end - start + 16);
        for (int at = start; at < end;)
        {
            char c = text[at];
            if (char.IsAscii(c))
            {
                Ascii(c, at, result);
                at++;
                continue;
            }

            Rune.DecodeFromUtf16(text.AsSpan(at, end - at), out Rune rune, out int length);
            Other(rune, text, at, at + length, result);
            at += length;
        }

        return result;
    }

    /// <summary>Hands out each word of a normalized text: what stands between white space, and every punctuation character alone.</summary>
    public static void Split(AlignedText text, int from, int to, WordAction take)
    {
        int word = from;
        for (int at = from; at < to;)
        {
            ReadOnlySpan<char> chars = text.Chars;
            Rune.DecodeFromUtf16(chars[at..to], out Rune rune, out int length);
            bool isSpace = rune.Value is >= 0x1C and <= 0x1F || Rune.IsWhiteSpace(rune);
            if (isSpace || IsPunctuation(rune))
            {
                if (word < at)
                {
                    take(text, word, at);
                }

                if (!isSpace)
                {
                    take(text, at, at + length);
                }

                word = at + length;
            }

            at += length;
        }

        if (word < to)
        {
            take(text, word, to);
        }
    }

    private void Ascii(char c, int at, AlignedText result)
    {
        if (_normalization.Clean && c is ' ' or '\t' or '\n' or '\r')
        {
            result.Append(' ', at, at + 1);
        }
        else if (!_normalization.Clean || !char.IsControl(c))
        {
            result.Append(_normalization.LowerCase ? char.ToLowerInvariant(c) : c, at, at + 1);
        }
    }

    private void Other(Rune rune, string text, int start, int end, AlignedText result)
    {
        if (_normalization.Clean && (rune.Value == 0xFFFD || IsControl(Rune.GetUnicodeCategory(rune))))
        {
            return;
        }

        if (_normalization.Clean && Rune.IsWhiteSpace(rune))
        {
            result.Append(' ', start, end);
        }
        else if (_normalization.SplitChinese && IsChinese(rune.Value))
        {
            result.Append(' ', start, end);
            Changed(rune, start, end, result);
            result.Append(' ', start, end);
        }
        else
        {
            Changed(_normalization.LowerCase ? LowerCase.Of(rune, text, start) : rune, start, end, result);
            if (_normalization.LowerCase && rune.Value == LowerCase.DottedCapitalI && !_normalization.StripAccents)
            {
                result.Append('\u0307', start, end);
            }
        }
    }

    private void Changed(Rune rune, int start, int end, AlignedText result)
    {
        ReadOnlySpan<int> parts = _normalization.StripAccents ? UnicodeNormalization.Decomposition(rune.Value) : [];
        foreach (int part in parts.IsEmpty ? [rune.Value] : parts)
        {
            if (!_normalization.StripAccents || CharUnicodeInfo.GetUnicodeCategory(part) != UnicodeCategory.NonSpacingMark)
            {
                result.Append(part, start, end);
            }
        }
    }

    private static bool IsControl(UnicodeCategory category) => category is UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;

    private static bool IsPunctuation(Rune rune)
        => rune.IsAscii
            ? rune.Value is (>= 33 and <= 47) or (>= 58 and <= 64) or (>= 91 and <= 96) or (>= 123 and <= 126)
            : Rune.GetUnicodeCategory(rune) is UnicodeCategory.ConnectorPunctuation or UnicodeCategory.DashPunctuation
                or UnicodeCategory.OpenPunctuation or UnicodeCategory.ClosePunctuation or UnicodeCategory.InitialQuotePunctuation
                or UnicodeCategory.FinalQuotePunctuation or UnicodeCategory.OtherPunctuation;

    private static bool IsChinese(int code) => code
        is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F)
        or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B820 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
}
