namespace TransferLearning;

/// <summary>Byte-level byte-pair encoding, the tokenizer of GPT-2, RoBERTa, BART, CLIP and Qwen2: the rule of the model cuts the text into
/// words, a word is its UTF-8 bytes, and neighbours merge in the order of the merge list. Every text has tokens; where the model neither
/// normalizes text nor marks the ends of words, they give back exactly that text.</summary>
/// <remarks>The merging is the library's own: that of Microsoft.ML.Tokenizers 2.0.1 needs time that grows with the square of a word's
/// length (about a second for 100,000 letters), so a text without spaces could stop a program. Tests hold the two equal.</remarks>
public sealed class BytePairTokenizer : TextTokenizer
{
    private readonly PairMerger _merger = new();
    private readonly WordCache _cache = new();
    private readonly WordCache.Cut _cut;
    private readonly int[] _letterIds = new int[256];
    private readonly int[] _lastLetterIds = new int[256]; // of a word's last byte
    private readonly byte[]?[] _bytes;
    private readonly bool[] _endsWord;
    private readonly int? _unknown;

    internal BytePairTokenizer(TokenizerParts parts, IEnumerable<(string Left, string Right)> merges, BytePairRules rules) : base(parts)
    {
        TokenVocabulary vocabulary = parts.Vocabulary;
        (Rules, _unknown) = (rules, parts.UnknownId);
        for (int value = 0; value < 256; value++)
        {
            string letter = ByteLetters.LetterOf((byte)value).ToString();
            _letterIds[value] = vocabulary.IdOf(letter) ?? -1;
            _lastLetterIds[value] = vocabulary.IdOf(letter + rules.EndOfWordSuffix) ?? -1;
        }

        int rank = 0;
        foreach ((string left, string right) in merges)
        {
            _merger.Allow(Known(vocabulary, left, rank), Known(vocabulary, right, rank), rank, Known(vocabulary, left + right, rank));
            rank++;
        }

        (_bytes, _endsWord) = (new byte[]?[vocabulary.Count], new bool[vocabulary.Count]);
        string suffix = rules.EndOfWordSuffix;
        foreach ((string token, int id) in vocabulary.Entries)
        {
            _endsWord[id] = suffix.Length > 0 && token.EndsWith(suffix, StringComparison.Ordinal);
            _bytes[id] = ByteLetters.BytesOf(_endsWord[id] ? token[..^suffix.Length] : token);
        }

        foreach (AddedToken added in parts.Added)
        {
            _bytes[added.Id] = null;
        }

        _cut = Pieces;
    }

    /// <summary>What it differs in from others of its kind.</summary>
    internal BytePairRules Rules { get; }

    /// <summary>The tokens that merge, the first pair first.</summary>
    internal IEnumerable<(string Left, string Right)> Merges
        => _merger.Pairs.Select(pair => (IdToToken(pair.Left)!, IdToToken(pair.Right)!));

    /// <summary>
    /// Reads a vocabulary and its merge list: <c>vocab.json</c> and <c>merges.txt</c>, or <c>encoder.json</c> and <c>vocab.bpe</c>. A
    /// vocabulary with <c>&lt;s&gt;</c> and <c>&lt;/s&gt;</c> gets RoBERTa's special tokens; any other gets GPT-2's, none around a text.
    /// </summary>
    /// <param name="vocabulary">The JSON file of tokens and numbers.</param>
    /// <param name="merges">The file of merges, one pair a line.</param>
    /// <exception cref="TokenizerException">A file is missing or damaged, or the two do not belong together.</exception>
    public static BytePairTokenizer FromFiles(string vocabulary, string merges)
        => TokenizerFolder.BytePair(vocabulary, merges, TokenizerSettings.None);

    internal override TokenTextDecoder StartDecoding() => new BytePairDecoder(_bytes, _endsWord);

    private protected override AlignedText Normalize(string text, int start, int end)
        => TextNormalizers.Apply(Rules.Normalizers, AlignedText.Of(text, start, end));

    private protected override void Tokenize(AlignedText text, int from, int to, bool isFirst, TokenList tokens)
    {
        ReadOnlySpan<char> span = text.Chars[from..to];
        int shift = from;
        if (Rules.AddPrefixSpace && span[0] != ' ')
        {
            span = string.Concat(" ", span);
            shift--;
        }

        for (int at = 0; at < span.Length;)
        {
            int end = Rules.Words(span, at);
            if (end > 0)
            {
                Add(span[at..end], text, shift + at, from, tokens);
            }

            at = Math.Abs(end);
        }
    }

    private static int Known(TokenVocabulary vocabulary, string token, int rank) => vocabulary.IdOf(token) ?? throw new TokenizerException(
        $"Merge {rank + 1} needs the token '{token}', which '{vocabulary.Source}' does not have among its {vocabulary.Count}. "
        + "Use a vocabulary and a merge list of the same model.");

    private int[] Pieces(ReadOnlySpan<char> word)
    {
        byte[] bytes = new byte[Encoding.UTF8.GetMaxByteCount(word.Length)];
        int count = Encoding.UTF8.GetBytes(word, bytes);
        if (Rules.IgnoreMerges
            && TokenToId(string.Concat(bytes.Take(count).Select(ByteLetters.LetterOf))) is int whole && _bytes[whole] is not null)
        {
            return [whole];
        }

        int[] symbols = new int[count], lengths = new int[count];
        int kept = 0;
        for (int i = 0; i < count; i++)
        {
            // A byte without a token: the unknown token where the model has one, else nothing.
            int letter = (i == count - 1 ? _lastLetterIds : _letterIds)[bytes[i]];
            if ((letter >= 0 ? letter : _unknown) is int symbol)
            {
                (symbols[kept], lengths[kept]) = (symbol, 1);
                kept++;
            }
        }

        int merged = _merger.Merge(symbols.AsSpan(0, kept), lengths.AsSpan(0, kept));
        return symbols[..merged];
    }

    // The word begins at a place of the text; it may begin with a space that the text does not have.
    private void Add(ReadOnlySpan<char> word, AlignedText text, int start, int least, TokenList tokens)
    {
        tokens.BeginWord();
        int[] pieces = _cache.Get(word, _cut);
        (int at, int within) = (0, 0);
        foreach (int piece in pieces)
        {
            int from = at;
            int bytes = _bytes[piece]?.Length ?? 1;
            // Ends inside a character count up to its end, so that every token covers the characters that its bytes are part of.
            int to = at;
            for (int left = bytes; left > 0 && at < word.Length;)
            {
                Rune.DecodeFromUtf16(word[at..], out Rune rune, out int length);
                int take = Math.Min(left, rune.Utf8SequenceLength - within);
                (left, within, to) = (left - take, within + take, at + length);
                if (within == rune.Utf8SequenceLength)
                {
                    (at, within) = (at + length, 0);
                }
            }

            while (from < to - 1 && char.IsWhiteSpace(word[from]))
            {
                from++;
            }

            int first = Math.Max(start + from, least), last = Math.Max(start + to, least) - 1;
            tokens.Add(piece, text.StartOf(first), last < first ? text.StartOf(first) : text.EndOf(last));
        }
    }
}
