using System.Text;

namespace TransferLearning;

/// <summary>
/// Byte-level byte-pair encoding, the tokenizer of GPT-2, RoBERTa and BART: GPT-2's rule cuts the text into words, a word is its
/// UTF-8 bytes, and neighbours merge in the order of the merge list. Every text has tokens, and they give back exactly that text.
/// </summary>
/// <remarks>
/// The merging is the library's own: that of Microsoft.ML.Tokenizers 2.0.1 needs time that grows with the square of a word's length
/// (about a second for 100,000 letters), so a text without spaces could stop a program. Tests hold the two equal.
/// </remarks>
public sealed class BytePairTokenizer : TextTokenizer
{
    private readonly PairMerger _merger = new();
    private readonly WordCache _cache = new();
    private readonly WordCache.Cut _cut;
    private readonly int[] _letterIds = new int[256];
    private readonly byte[]?[] _bytes;
    private readonly bool _addPrefixSpace;
    private readonly int? _unknown;

    internal BytePairTokenizer(TokenizerParts parts, IEnumerable<(string Left, string Right)> merges, bool addPrefixSpace)
        : base(parts)
    {
        TokenVocabulary vocabulary = parts.Vocabulary;
        (_addPrefixSpace, _unknown) = (addPrefixSpace, parts.UnknownId);
        for (int value = 0; value < 256; value++)
        {
            _letterIds[value] = vocabulary.IdOf(ByteLetters.LetterOf((byte)value).ToString()) ?? -1;
        }

        int rank = 0;
        foreach ((string left, string right) in merges)
        {
            _merger.Allow(Known(vocabulary, left, rank), Known(vocabulary, right, rank), rank, Known(vocabulary, left + right, rank));
            rank++;
        }

        _bytes = new byte[]?[vocabulary.Count];
        foreach ((string token, int id) in vocabulary.Entries)
        {
            _bytes[id] = ByteLetters.BytesOf(token);
        }

        foreach (AddedToken added in parts.Added)
        {
            _bytes[added.Id] = null;
        }

        _cut = Pieces;
    }

    /// <summary>
    /// Reads a vocabulary and its merge list: <c>vocab.json</c> and <c>merges.txt</c>, or <c>encoder.json</c> and <c>vocab.bpe</c>. A
    /// vocabulary with <c>&lt;s&gt;</c> and <c>&lt;/s&gt;</c> gets RoBERTa's special tokens; any other gets GPT-2's, none around a text.
    /// </summary>
    /// <param name="vocabulary">The JSON file of tokens and numbers.</param>
    /// <param name="merges">The file of merges, one pair a line.</param>
    /// <exception cref="TokenizerException">A file is missing or damaged, or the two do not belong together.</exception>
    public static BytePairTokenizer FromFiles(string vocabulary, string merges)
        => TokenizerFolder.BytePair(vocabulary, merges, TokenizerSettings.None);

    internal override TokenTextDecoder StartDecoding() => new BytePairDecoder(_bytes);

    private protected override void Tokenize(string text, int start, int end, TokenList tokens)
    {
        ReadOnlySpan<char> span = text.AsSpan(start, end - start);
        int shift = start;
        if (_addPrefixSpace && span[0] != ' ')
        {
            span = string.Concat(" ", span);
            shift--;
        }

        for (int at = 0; at < span.Length;)
        {
            int next = BytePairWords.End(span, at);
            Add(span[at..next], shift + at, start, tokens);
            at = next;
        }
    }

    private static int Known(TokenVocabulary vocabulary, string token, int rank) => vocabulary.IdOf(token) ?? throw new TokenizerException(
        $"Merge {rank + 1} needs the token '{token}', which '{vocabulary.Source}' does not have among its {vocabulary.Count}. "
        + "Use a vocabulary and a merge list of the same model.");

    private int[] Pieces(ReadOnlySpan<char> word)
    {
        byte[] bytes = new byte[Encoding.UTF8.GetMaxByteCount(word.Length)];
        int count = Encoding.UTF8.GetBytes(word, bytes);
        int[] symbols = new int[count], lengths = new int[count];
        int kept = 0;
        for (int i = 0; i < count; i++)
        {
            // A byte without a token: the unknown token where the model has one, else nothing.
            if ((_letterIds[bytes[i]] >= 0 ? _letterIds[bytes[i]] : _unknown) is int symbol)
            {
                (symbols[kept], lengths[kept]) = (symbol, 1);
                kept++;
            }
        }

        int merged = _merger.Merge(symbols.AsSpan(0, kept), lengths.AsSpan(0, kept));
        return symbols[..merged];
    }

    private void Add(ReadOnlySpan<char> word, int start, int least, TokenList tokens)
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

            tokens.Add(piece, Math.Max(start + from, least), Math.Max(start + to, least));
        }
    }
}
