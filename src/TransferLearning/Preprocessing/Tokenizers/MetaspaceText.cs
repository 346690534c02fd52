namespace TransferLearning;

/// <summary>The steps of a Unigram <c>tokenizer.json</c>: its normalizers, then words between white space where the file asks for them,
/// then Metaspace, which writes <c>▁</c> for every space, may put one in front, and may begin a word at each (huggingface/tokenizers,
/// pre_tokenizers/metaspace.rs).</summary>
internal sealed record MetaspaceText : IPieceText
{
    /// <summary>Where a <c>▁</c> is put in front that the text does not have.</summary>
    internal enum Prefix
    {
        Always,
        First,
        Never,
    }

    public IReadOnlyList<TextNormalizer> Normalizers { get; init; } = [];

    /// <summary>Whether white space only divides words, and is gone afterwards.</summary>
    public bool DividesAtWhiteSpace { get; init; }

    public Prefix Prepend { get; init; }

    /// <summary>Whether a word begins at every <c>▁</c>, which no piece may then reach across.</summary>
    public bool Splits { get; init; } = true;

    public AlignedText Normalize(string text, int start, int end) => TextNormalizers.Apply(Normalizers, AlignedText.Of(text, start, end));

    public AlignedBytes Bytes(AlignedText text, int from, int to, bool isFirst, List<int> ends)
    {
        AlignedBytes bytes = new(to - from + 16);
        for (int at = from; at < to;)
        {
            int word = at;
            while (DividesAtWhiteSpace && word < to && char.IsWhiteSpace(text.Chars[word]))
            {
                word++;
            }

            at = word;
            while (at < to && !(DividesAtWhiteSpace && char.IsWhiteSpace(text.Chars[at])))
            {
                at++;
            }

            if (word < at)
            {
                Word(text, word, at, isFirst && word == from, bytes, ends);
            }
        }

        return bytes;
    }

    private void Word(AlignedText text, int from, int to, bool isFirst, AlignedBytes bytes, List<int> ends)
    {
        int begin = bytes.Length;
        if (text.Chars[from] is not (' ' or '▁') && (Prepend == Prefix.Always || (Prepend == Prefix.First && isFirst)))
        {
            bytes.Append(SentencePieceNormalizer.Mark, text.StartOf(from), text.StartOf(from));
        }

        Span<byte> four = stackalloc byte[4];
        for (int at = from; at < to;)
        {
            Rune.DecodeFromUtf16(text.Chars[at..to], out Rune rune, out int length);
            rune = rune.Value == ' ' ? new Rune('▁') : rune;
            if (Splits && rune.Value == '▁' && bytes.Length > begin)
            {
                ends.Add(bytes.Length);
            }

            bytes.Append(four[..rune.EncodeToUtf8(four)], text.StartOf(at), text.EndOf(at + length - 1));
            at += length;
        }

        ends.Add(bytes.Length);
    }
}
