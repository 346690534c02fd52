using System.Globalization;
using System.Text;

namespace TransferLearning;

/// <summary>
/// BERT's basic tokenizer (google-research/bert, tokenization.py): cleans the text, sets Chinese characters apart, lower-cases,
/// strips accents, and splits at white space and at every punctuation character; each word keeps its place in the original.
/// </summary>
internal sealed class BertWords
{
    private readonly BertNormalization _normalization;

    public BertWords(BertNormalization normalization) => _normalization = normalization;

    /// <summary>Hands out each word of a stretch of the text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="start">The first character.</param>
    /// <param name="end">One past the last character.</param>
    /// <param name="take">Takes a word, which is valid during the call.</param>
    public void Split(string text, int start, int end, Action<AlignedText> take)
    {
        AlignedText word = new(32);
        for (int at = start; at < end;)
        {
            char c = text[at];
            if (char.IsAscii(c))
            {
                Ascii(c, at, word, take);
                at++;
                continue;
            }

            Rune.DecodeFromUtf16(text.AsSpan(at, end - at), out Rune rune, out int length);
            Other(rune, text, at, at + length, word, take);
            at += length;
        }

        Flush(word, take);
    }

    private void Ascii(char c, int at, AlignedText word, Action<AlignedText> take)
    {
        if (c is ' ' or '\t' or '\n' or '\r' || (!_normalization.Clean && c is '\v' or '\f' or (>= '\x1c' and <= '\x1f')))
        {
            Flush(word, take);
        }
        else if (char.IsControl(c))
        {
            if (!_normalization.Clean)
            {
                word.Append(c, at, at + 1);
            }
        }
        else if (char.IsAsciiLetterOrDigit(c))
        {
            word.Append(_normalization.LowerCase ? char.ToLowerInvariant(c) : c, at, at + 1);
        }
        else
        {
            Alone(c, at, at + 1, word, take);
        }
    }

    private void Other(Rune rune, string text, int start, int end, AlignedText word, Action<AlignedText> take)
    {
        UnicodeCategory category = Rune.GetUnicodeCategory(rune);
        if (_normalization.Clean && (rune.Value == 0xFFFD || IsControl(category)))
        {
            return;
        }

        if (Rune.IsWhiteSpace(rune))
        {
            Flush(word, take);
        }
        else if (_normalization.SplitChinese && IsChinese(rune.Value))
        {
            Flush(word, take);
            Changed(rune, start, end, word, take);
            Flush(word, take);
        }
        else
        {
            Changed(_normalization.LowerCase ? LowerCase.Of(rune, text, start) : rune, start, end, word, take);
            if (_normalization.LowerCase && rune.Value == LowerCase.DottedCapitalI && !_normalization.StripAccents)
            {
                word.Append('\u0307', start, end);
            }
        }
    }

    private void Changed(Rune rune, int start, int end, AlignedText word, Action<AlignedText> take)
    {
        ReadOnlySpan<int> parts = _normalization.StripAccents ? UnicodeDecomposition.Of(rune.Value) : [];
        if (parts.IsEmpty)
        {
            Take(rune.Value, start, end, word, take);
        }

        foreach (int part in parts)
        {
            Take(part, start, end, word, take);
        }
    }

    private void Take(int code, int start, int end, AlignedText word, Action<AlignedText> take)
    {
        UnicodeCategory category = CharUnicodeInfo.GetUnicodeCategory(code);
        if (_normalization.StripAccents && category == UnicodeCategory.NonSpacingMark)
        {
            return;
        }

        if (IsPunctuation(code, category))
        {
            Alone(code, start, end, word, take);
        }
        else
        {
            word.Append(code, start, end);
        }
    }

    private static void Alone(int code, int start, int end, AlignedText word, Action<AlignedText> take)
    {
        Flush(word, take);
        word.Append(code, start, end);
        Flush(word, take);
    }

    private static void Flush(AlignedText word, Action<AlignedText> take)
    {
        if (word.Length > 0)
        {
            take(word);
            word.Clear();
        }
    }

    private static bool IsControl(UnicodeCategory category) => category is UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;

    private static bool IsPunctuation(int code, UnicodeCategory category)
        => (code < 128 && code is (>= 33 and <= 47) or (>= 58 and <= 64) or (>= 91 and <= 96) or (>= 123 and <= 126))
            || category is UnicodeCategory.ConnectorPunctuation or UnicodeCategory.DashPunctuation or UnicodeCategory.OpenPunctuation
                or UnicodeCategory.ClosePunctuation or UnicodeCategory.InitialQuotePunctuation or UnicodeCategory.FinalQuotePunctuation
                or UnicodeCategory.OtherPunctuation;

    private static bool IsChinese(int code) => code
        is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F)
        or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B820 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
}
