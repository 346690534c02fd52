namespace TransferLearning;

/// <summary>From a sample to tokens and labels. Safe for several threads at once.</summary>
internal abstract class TextEncoding
{
    private long _truncated;

    /// <param name="tokenizer">Makes tokens.</param>
    /// <param name="maximumLength">The most tokens of a text, special ones included.</param>
    /// <param name="refuseLonger">Whether longer texts are refused instead of truncated.</param>
    protected TextEncoding(TextTokenizer tokenizer, int maximumLength, bool refuseLonger)
        => (Tokenizer, MaximumLength, RefuseLonger) = (tokenizer, maximumLength, refuseLonger);

    public TextTokenizer Tokenizer { get; }

    public int MaximumLength { get; }

    /// <summary>How many texts were truncated so far; the same text counts each time.</summary>
    public long TruncatedTexts => Interlocked.Read(ref _truncated);

    /// <summary>What fills shorter rows.</summary>
    public int PaddingId => Tokenizer.PadId ?? 0;

    /// <summary>The tokens and labels of a sample; draws depend on the generator alone.</summary>
    /// <exception cref="ArgumentException">The sample's content is of another kind.</exception>
    /// <exception cref="TokenizerException">The text is too long, and longer ones are refused.</exception>
    public abstract TextExample Apply(Sample sample, ref SeededRandom random);

    protected bool RefuseLonger { get; }

    protected TextEncodingOptions Options(TextTruncation truncation = TextTruncation.LongestFirst)
        => new() { MaximumLength = MaximumLength, Truncation = RefuseLonger ? TextTruncation.Refuse : truncation };

    protected EncodedText Counted(EncodedText encoded)
    {
        if (encoded.TruncatedTokens > 0)
        {
            Interlocked.Increment(ref _truncated);
        }

        return encoded;
    }

    /// <summary>Tokens that are ready, as an encoded text.</summary>
    protected EncodedText Whole(IReadOnlyList<int> ids)
    {
        int[] kept = [.. ids.Take(MaximumLength)];
        int[] none = new int[kept.Length];
        bool[] special = Array.ConvertAll(kept, id => id == Tokenizer.ClassId || id == Tokenizer.SeparatorId || id == Tokenizer.PadId);
        return new EncodedText(kept, none, new (int, int)[kept.Length], none, none, special, ids.Count - kept.Length);
    }

    protected static ArgumentException WrongContent(Sample sample, string expected)
        => new($"Sample '{sample.Name}' holds {sample.Content.GetType().Name}; this task learns from {expected}.");
}
