namespace TransferLearning;

/// <summary>The normalizers of Hugging Face's tokenizers (huggingface/tokenizers, src/normalizers) that change text as such.</summary>
internal static class TextNormalizers
{
    private const int MostGraphemeBytes = 5; // longer clusters are mapped character by character

    /// <summary>Every normalizer in turn.</summary>
    public static AlignedText Apply(IReadOnlyList<TextNormalizer> normalizers, AlignedText text)
    {
        foreach (TextNormalizer normalizer in normalizers)
        {
            text = normalizer(text);
        }

        return text;
    }

    /// <summary>Lower case, character by character.</summary>
    public static AlignedText LowerCased(AlignedText text)
    {
        AlignedText result = new(text.Length);
        for (int at = 0; at < text.Length;)
        {
            Rune.DecodeFromUtf16(text.Chars[at..], out Rune rune, out int length);
            (int start, int end) = (text.StartOf(at), text.EndOf(at + length - 1));
            result.Append(rune.Value == LowerCase.DottedCapitalI ? 'i' : Rune.ToLowerInvariant(rune).Value, start, end);
            if (rune.Value == LowerCase.DottedCapitalI)
            {
                result.Append('\u0307', start, end);
            }

            at += length;
        }

        return result;
    }

    /// <summary>Takes white space off the ends.</summary>
    public static TextNormalizer Strip(bool left, bool right) => text =>
    {
        int from = 0, to = text.Length;
        while (left && from < to && char.IsWhiteSpace(text.Chars[from]))
        {
            from++;
        }

        while (right && from < to && char.IsWhiteSpace(text.Chars[to - 1]))
        {
            to--;
        }

        return to - from == text.Length ? text : Part(text, from, to);
    };

    /// <summary>Puts a text in the place of another wherever it stands.</summary>
    public static TextNormalizer Replace(string found, string replacement) => text => Replaced(
        text, replacement, (chars, at) => chars[at..].StartsWith(found, StringComparison.Ordinal) ? found.Length : 0);

    /// <summary>Puts a text in the place of every run of spaces, or of white space of any kind.</summary>
    public static TextNormalizer ReplaceSpaces(int least, bool anyKind, string replacement)
    {
        return text => Replaced(text, replacement, Run);

        int Run(ReadOnlySpan<char> chars, int at)
        {
            int end = at;
            while (end < chars.Length && (chars[end] == ' ' || (anyKind && char.IsWhiteSpace(chars[end]))))
            {
                end++;
            }

            return end - at >= least ? end - at : 0;
        }
    }

    /// <summary>SentencePiece's map, applied to what a reader takes for one character or, if that is long, to its parts.</summary>
    public static TextNormalizer Precompiled(CharsMap map) => text =>
    {
        AlignedText result = new(text.Length);
        Span<byte> bytes = stackalloc byte[MostGraphemeBytes + 4];
        for (int at = 0; at < text.Length;)
        {
            int end = at + StringInfo.GetNextTextElementLength(text.Chars[at..]);
            if (Encoding.UTF8.TryGetBytes(text.Chars[at..end], bytes, out int count) && count <= MostGraphemeBytes
                && TryMap(map, bytes[..count], out string target))
            {
                result.Append(target, text.StartOf(at), text.EndOf(end - 1));
                at = end;
            }

            while (at < end)
            {
                Rune.DecodeFromUtf16(text.Chars[at..], out Rune rune, out int length);
                count = rune.EncodeToUtf8(bytes);
                (int start, int last) = (text.StartOf(at), text.EndOf(at + length - 1));
                if (TryMap(map, bytes[..count], out target))
                {
                    result.Append(target, start, last);
                }
                else
                {
                    result.Append(rune.Value, start, last);
                }

                at += length;
            }
        }

        return result;
    };

    private static bool TryMap(CharsMap map, ReadOnlySpan<byte> bytes, out string target)
    {
        bool isMapped = map.TryMap(bytes, out _, out ReadOnlySpan<byte> mapped, shortest: true);
        target = isMapped ? Encoding.UTF8.GetString(mapped) : string.Empty;
        return isMapped;
    }

    private delegate int Match(ReadOnlySpan<char> text, int at);

    private static AlignedText Replaced(AlignedText text, string replacement, Match match)
    {
        AlignedText result = new(text.Length);
        for (int at = 0; at < text.Length;)
        {
            int length = match(text.Chars, at);
            if (length > 0)
            {
                result.Append(replacement, text.StartOf(at), text.EndOf(at + length - 1));
                at += length;
            }
            else
            {
                result.Append(text, at, at + 1);
                at++;
            }
        }

        return result;
    }

    private static AlignedText Part(AlignedText text, int from, int to)
    {
        AlignedText result = new(to - from);
        result.Append(text, from, to);
        return result;
    }
}
