namespace TransferLearning;

/// <summary>Words with tags: the first piece of a word has the word's tag, the others none.</summary>
internal sealed class WordTagEncoding(TextTokenizer tokenizer, int maximumLength, bool refuseLonger) : TextEncoding(tokenizer, maximumLength, refuseLonger)
{
    public override TextExample Apply(Sample sample, ref SeededRandom random)
    {
        if (sample.Content is not TaggedWords content)
        {
            throw WrongContent(sample, nameof(TaggedWords));
        }

        EncodedText encoded = Counted(Tokenizer.EncodeWords(content.Words, Options()));
        int[] first = FirstPieces(encoded);
        long[] labels = new long[encoded.Length];
        Array.Fill(labels, TextExample.NoLabel);
        foreach (int token in first)
        {
            labels[token] = content.Tags[encoded.WordIndices[token]];
        }

        return new TextExample(encoded) { Labels = labels, LabelsPerToken = true };
    }

    /// <summary>Which tokens begin a word, in order.</summary>
    public static int[] FirstPieces(EncodedText encoded)
        => [.. Enumerable.Range(0, encoded.Length).Where(i => encoded.WordIndices[i] >= 0 && (i == 0 || encoded.WordIndices[i] != encoded.WordIndices[i - 1]))];
}
