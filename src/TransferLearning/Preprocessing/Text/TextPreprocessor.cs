using System.IO.Hashing;

namespace TransferLearning;

/// <summary>Turns texts into tokens. Safe for several threads at once.</summary>
public sealed class TextPreprocessor : PaddedPreprocessor
{
    private readonly Lazy<string> _fingerprint;

    /// <summary>Makes a preprocessor.</summary>
    /// <param name="tokenizer">Makes tokens.</param>
    /// <param name="maximumLength">The most tokens of a text, special ones included.</param>
    /// <param name="refusesLonger">Whether longer texts are refused instead of truncated. Default: false.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is below 4.</exception>
    public TextPreprocessor(TextTokenizer tokenizer, int maximumLength, bool refusesLonger = false)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentOutOfRangeException.ThrowIfLessThan(maximumLength, 4);
        (Tokenizer, TargetTokenizer, MaximumLength, RefusesLonger) = (tokenizer, tokenizer, maximumLength, refusesLonger);
        _fingerprint = new Lazy<string>(MakeFingerprint);
    }

    /// <summary>What turns texts into tokens.</summary>
    public TextTokenizer Tokenizer { get; }

    /// <summary>The most tokens of a text, special ones included.</summary>
    public int MaximumLength { get; }

    /// <summary>Whether longer texts are refused instead of truncated.</summary>
    public bool RefusesLonger { get; }

    /// <summary>
    /// What is put before every text that an encoder-decoder reads: T5's <c>translate English to German: </c>. Default: nothing.
    /// </summary>
    public string SourcePrefix { get; init; } = "";

    /// <inheritdoc/>
    public override bool IsDeterministic => true;

    /// <inheritdoc/>
    public override string Fingerprint => _fingerprint.Value;

    /// <inheritdoc/>
    internal override (int Most, bool Refuses) TargetLimit => (MaximumLength, RefusesLonger);

    /// <summary>The same with other lengths.</summary>
    /// <param name="maximumLength">The most tokens of a text, special ones included.</param>
    /// <param name="refusesLonger">Whether longer texts are refused instead of truncated.</param>
    public TextPreprocessor WithMaximumLength(int maximumLength, bool refusesLonger = false)
        => new(Tokenizer, maximumLength, refusesLonger) { SourcePrefix = SourcePrefix, TargetTokenizer = TargetTokenizer };

    /// <summary>The same with another prefix of what is read.</summary>
    /// <param name="prefix">The words, with the space that follows them.</param>
    public TextPreprocessor WithSourcePrefix(string prefix)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        return new TextPreprocessor(Tokenizer, MaximumLength, RefusesLonger) { SourcePrefix = prefix, TargetTokenizer = TargetTokenizer };
    }

    /// <inheritdoc/>
    public override Example Apply(Sample sample, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(sample);
        return new TokenExample(Tokens(sample), sample.Target);
    }

    /// <inheritdoc/>
    public override ModelInput Collate(IReadOnlyList<Example> examples, int? length = null)
        => ToInput([.. examples.Cast<TokenExample>().Select(example => example.Encoded)], length);

    internal override Example ApplySource(Sample sample, ref SeededRandom random)
        => sample.Input is TextContent content
            ? new TokenExample(Counted(Tokenizer.Encode(SourcePrefix + content.Text, content.Pair, Options())), sample.Target)
            : throw Unfit(sample, nameof(TextContent));

    /// <summary>The tokens of a text, a pair of texts or a block of tokens.</summary>
    internal EncodedText Tokens(Sample sample) => sample.Input switch
    {
        TextContent content => Counted(Tokenizer.Encode(content.Text, content.Pair, Options())),
        EncodedContent ready => ready.Encoded,
        TokenContent tokens => Counted(Whole(tokens.Ids)),
        _ => throw Unfit(sample, $"{nameof(TextContent)} or {nameof(TokenContent)}"),
    };

    /// <summary>Texts padded to one length.</summary>
    internal TokenInput ToInput(IReadOnlyList<EncodedText> texts, int? length = null)
    {
        bool hasTypes = texts.Any(text => text.TypeIds.AsSpan().ContainsAnyExcept(0));
        return TokenInput.FromRows(
            [.. texts.Select(text => text.Ids)], Tokenizer.PadId ?? 0, hasTypes ? [.. texts.Select(text => text.TypeIds)] : null, length);
    }

    internal TextEncodingOptions Options(TextTruncation truncation = TextTruncation.LongestFirst)
        => new() { MaximumLength = MaximumLength, Truncation = RefusesLonger ? TextTruncation.Refuse : truncation };

    /// <summary>Counts a text that lost its end.</summary>
    internal EncodedText Counted(EncodedText encoded)
    {
        if (encoded.TruncatedTokens > 0)
        {
            CountTruncated();
        }

        return encoded;
    }

    internal override Preprocessor Fresh() => Copy();

    internal static ArgumentException Unfit(Sample sample, string expected)
        => new($"Sample '{sample.Name}' holds {sample.Input.GetType().Name}; expected {expected}.");

    private EncodedText Whole(IReadOnlyList<int> ids)
    {
        int[] kept = [.. ids.Take(MaximumLength)];
        int[] none = new int[kept.Length];
        bool[] special = Array.ConvertAll(kept, id => id == Tokenizer.ClassId || id == Tokenizer.SeparatorId || id == Tokenizer.PadId);
        return new EncodedText(kept, none, new (int, int)[kept.Length], none, none, special, ids.Count - kept.Length);
    }

    // A tokenizer is what it makes of texts: its tokens in order, and a probe of what its other settings do.
    private string MakeFingerprint()
    {
        const string Probe = "The QUICK brown fox, naïve Café!\t12,345.67 don't  stop\n<mask> 日本語 😀 ﬁ";
        XxHash128 hash = new();
        for (int id = 0; id < Tokenizer.VocabularySize; id++)
        {
            hash.Append(System.Text.Encoding.UTF8.GetBytes($"{Tokenizer.IdToToken(id)}\n"));
        }

        EncodedText probe = Tokenizer.Encode(Probe, Probe, new TextEncodingOptions { Truncation = TextTruncation.None });
        hash.Append(System.Runtime.InteropServices.MemoryMarshal.AsBytes<int>(probe.Ids));
        string longer = RefusesLonger ? "refuses" : "truncates";
        return $"TextPreprocessor({hash.GetCurrentHashAsUInt128():x32};{MaximumLength};{longer};{SourcePrefix})";
    }
}
