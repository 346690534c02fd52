using PieceModel = Microsoft.ML.Tokenizers.WordPieceTokenizer;
using PieceModelOptions = Microsoft.ML.Tokenizers.WordPieceOptions;

namespace TransferLearning;

/// <summary>WordPiece, the tokenizer of BERT and DistilBERT: BERT's basic tokenizer cuts the text into words, and each word into the
/// longest pieces that the vocabulary has, from left to right; a word that does not come out even is the unknown token.</summary>
/// <remarks>The pieces of a word come from Microsoft.ML.Tokenizers. The words are cut here: that package strips no accents where a program
/// runs with invariant globalization, and splits other characters than BERT does.</remarks>
public sealed class WordPieceTokenizer : TextTokenizer
{
    private const int LongestWord = 100;
    private const int MostCharacters = 1000;
    private readonly BertWords _words;
    private readonly PieceModel _model;
    private readonly WordCache _cache = new();
    private readonly WordCache.Cut _cut;
    private readonly int[] _lengths;
    private readonly bool _cleanUp;
    private readonly int _unknown;
    private readonly int _longestWord;

    internal WordPieceTokenizer(
        TokenizerParts parts, BertNormalization normalization, string prefix = "##", int longestWord = LongestWord, bool cleanUp = true)
        : base(parts)
    {
        (_words, Normalization) = (new BertWords(normalization), normalization);
        _unknown = parts.UnknownId ?? throw new TokenizerException(
            $"'{parts.Vocabulary.Source}' names no unknown token, which WordPiece needs. Use the file that belongs to the model.");
        (Prefix, _cleanUp, _longestWord) = (prefix, cleanUp, Math.Min(longestWord, MostCharacters));
        _lengths = [.. Enumerable.Range(0, parts.Vocabulary.Count).Select(id => LengthOf(parts.Vocabulary.TokenAt(id), prefix))];
        _model = Model(parts.Vocabulary, prefix, _unknown, _longestWord);
        _cut = Pieces;
    }

    /// <summary>What is done to a text first.</summary>
    internal BertNormalization Normalization { get; }

    /// <summary>What pieces begin with that do not begin a word.</summary>
    internal string Prefix { get; }

    /// <summary>Reads a vocabulary file: one piece a line, the first line is piece 0.</summary>
    /// <param name="path">The file, <c>vocab.txt</c> in checkpoint folders.</param>
    /// <param name="lowerCase">Whether the text is lower-cased and its accents taken off, as the models called uncased want it; yes by
    /// default.</param>
    /// <exception cref="TokenizerException">The file is missing or damaged, or lacks BERT's special tokens.</exception>
    public static WordPieceTokenizer FromVocabulary(string path, bool lowerCase = true)
        => TokenizerFolder.WordPiece(TokenizerFile.Lines(path), lowerCase, TokenizerSettings.None);

    internal override TokenTextDecoder StartDecoding() => new WordPieceDecoder(Prefix, _cleanUp);

    private protected override AlignedText Normalize(string text, int start, int end) => _words.Normalize(text, start, end);

    private protected override void Tokenize(AlignedText text, int from, int to, bool isFirst, TokenList tokens)
        => BertWords.Split(text, from, to, (all, start, end) => Add(all, start, end, tokens));

    private static PieceModel Model(TokenVocabulary vocabulary, string prefix, int unknown, int longestWord)
    {
        // A line for each number; a number whose token has another number too, or none, gets a token that no text can hold.
        StringBuilder lines = new();
        for (int id = 0; id < vocabulary.Count; id++)
        {
            lines.Append(Line(id)).Append('\n');
        }

        using MemoryStream stream = new(Encoding.UTF8.GetBytes(lines.ToString()));
        return PieceModel.Create(stream, new PieceModelOptions
        {
            PreTokenizer = null,
            Normalizer = null,
            SpecialTokens = null,
            UnknownToken = Line(unknown),
            ContinuingSubwordPrefix = prefix,
            // In UTF-16 units, of which a character has up to two. The package takes this much of the stack.
            MaxInputCharsPerWord = 2 * longestWord,
        });

        string Line(int id) => vocabulary.TokenAt(id) is { Length: > 0 } token
            && vocabulary.IdOf(token) == id
            && !token.AsSpan().ContainsAny('\n', '\r')
            ? token
            : $"\u0001{id}";
    }

    private static int LengthOf(string? token, string prefix)
        => token is null ? 0 : token.StartsWith(prefix, StringComparison.Ordinal) ? token.Length - prefix.Length : token.Length;

    private int[] Pieces(ReadOnlySpan<char> word)
    {
        int length = word.Length;
        if (length > _longestWord)
        {
            foreach (char c in word)
            {
                length -= char.IsLowSurrogate(c) ? 1 : 0;
            }
        }

        return length > _longestWord
            ? [_unknown]
            : [.. _model.EncodeToIds(word, considerPreTokenization: false, considerNormalization: false)];
    }

    private void Add(AlignedText text, int start, int end, TokenList tokens)
    {
        tokens.BeginWord();
        int[] pieces = _cache.Get(text.Chars[start..end], _cut);
        int from = start;
        for (int i = 0; i < pieces.Length; i++)
        {
            // The first piece of a word has no prefix, even where its own letters look like one.
            int length = pieces[i] == _unknown || pieces.Length == 1 ? end - from
                : i == 0 ? IdToToken(pieces[i])!.Length : _lengths[pieces[i]];
            int to = Math.Min(from + length, end);
            tokens.Add(pieces[i], text.StartOf(from), text.EndOf(to - 1));
            from = to;
        }
    }
}
