namespace TransferLearning;

/// <summary>SentencePiece, the tokenizer of T5 and Marian: the text is normalised by the model's own map, spaces become <c>▁</c>, and the
/// text is cut into the most probable pieces (unigram models) or by merging neighbours (BPE models).</summary>
/// <remarks>The normalisation and the search are the library's own: Microsoft.ML.Tokenizers 2.0.1 leaves the model's map of characters out
/// and cuts more than half of the test texts otherwise than the reference.</remarks>
public sealed class SentencePieceTokenizer : TextTokenizer
{
    private readonly SentencePieceModel _model;
    private readonly IPieceText _text;
    private readonly IPieceSearch _search;
    private readonly bool _looksUnknownUp;
    private readonly Func<TokenTextDecoder> _decoder;
    private readonly int[] _ids;
    private readonly int[] _byteIds;
    private readonly PieceKind[] _kinds;
    private readonly int _unknown;

    /// <summary>Makes a tokenizer whose ids are not those of the model file's pieces.</summary>
    /// <param name="parts">The tokens.</param>
    /// <param name="model">The model that cuts the text.</param>
    /// <param name="ids">The id of each of the model's pieces; the unknown token's for a piece that has none.</param>
    /// <param name="looksUnknownUp">Whether what no piece spells may still be a token of the vocabulary.</param>
    internal SentencePieceTokenizer(TokenizerParts parts, SentencePieceModel model, int[] ids, bool looksUnknownUp = false)
        : this(parts, model, ids, Normalizer(model), null)
        => _looksUnknownUp = looksUnknownUp;

    /// <summary>Makes a tokenizer of a Unigram <c>tokenizer.json</c>.</summary>
    /// <param name="parts">The tokens.</param>
    /// <param name="model">Its pieces, whose indices are their ids.</param>
    /// <param name="text">What is done to a text first.</param>
    /// <param name="dropsFirst">Whether decoding drops the spaces of the first piece.</param>
    internal SentencePieceTokenizer(TokenizerParts parts, SentencePieceModel model, MetaspaceText text, bool dropsFirst)
        : this(parts, model, [.. Enumerable.Range(0, model.Pieces.Count)], text, dropsFirst) { }

    private SentencePieceTokenizer(TokenizerParts parts, SentencePieceModel model, int[] ids, IPieceText text, bool? dropsFirst)
        : base(parts)
    {
        (_model, _ids, _text) = (model, ids, text);
        _search = model.IsBytePair
            ? new BytePairSearch(model, (SentencePieceNormalizer)text)
            : new UnigramSearch(model, isSingle: text is SentencePieceNormalizer);
        _kinds = new PieceKind[VocabularySize];
        _byteIds = [.. Enumerable.Repeat(-1, 256)];
        for (int piece = 0; piece < model.Pieces.Count; piece++)
        {
            (string token, _, PieceKind kind) = model.Pieces[piece];
            if (kind == PieceKind.Unknown)
            {
                _unknown = ids[piece];
            }
            else if (kind == PieceKind.Byte && SentencePieceDecoder.ByteOf(token) is byte value)
            {
                _byteIds[value] = ids[piece];
            }
        }

        for (int piece = 0; piece < model.Pieces.Count; piece++)
        {
            if (ids[piece] != _unknown)
            {
                _kinds[ids[piece]] = model.Pieces[piece].Kind;
            }
        }

        _kinds[_unknown] = PieceKind.Unknown;
        _decoder = dropsFirst is bool drops ? () => new MetaspaceDecoder(_kinds, drops) : () => new SentencePieceDecoder(_model, _kinds);
    }

    /// <summary>Reads a SentencePiece model file, unigram or BPE. No special tokens are put around a text or looked for in it.</summary>
    /// <param name="path">The file: <c>spiece.model</c>, <c>sentencepiece.bpe.model</c>, <c>source.spm</c> and so on.</param>
    /// <exception cref="TokenizerException">The file is missing or is not such a model.</exception>
    public static SentencePieceTokenizer FromModel(string path) => TokenizerFolder.PlainSentencePiece(path);

    internal override TokenTextDecoder StartDecoding() => _decoder();

    private protected override AlignedText Normalize(string text, int start, int end) => _text.Normalize(text, start, end);

    private protected override void Tokenize(AlignedText text, int from, int to, bool isFirst, TokenList tokens)
    {
        List<int> ends = [];
        AlignedBytes bytes = _text.Bytes(text, from, to, isFirst, ends);
        int begin = 0;
        foreach (int end in ends)
        {
            Cut(bytes, begin, end, tokens);
            begin = end;
        }
    }

    private void Cut(AlignedBytes bytes, int begin, int end, TokenList tokens)
    {
        int at = begin;
        List<PieceSpan> pieces = _search.Search(bytes.Bytes[begin..end]);
        for (int i = 0; i < pieces.Count; i++)
        {
            int from = at;
            bool isUnknown = IsUnknown(pieces[i]);
            at += pieces[i].Length;
            while (isUnknown && !_model.ByteFallback && i + 1 < pieces.Count && IsUnknown(pieces[i + 1]))
            {
                at += pieces[++i].Length;
            }

            ReadOnlySpan<byte> spelled = bytes.Bytes[from..at];
            if (from == begin || spelled.StartsWith(SentencePieceNormalizer.Mark))
            {
                tokens.BeginWord();
            }

            (int first, int last) = Place(tokens.Text, bytes, from, at);
            if (isUnknown && _model.ByteFallback)
            {
                AddBytes(spelled, first, last, tokens);
            }
            else
            {
                int? found = isUnknown && _looksUnknownUp ? TokenToId(Encoding.UTF8.GetString(spelled)) : null;
                tokens.Add(found ?? _ids[pieces[i].Piece], first, last);
            }
        }
    }

    private bool IsUnknown(PieceSpan piece) => _model.Pieces[piece.Piece].Kind == PieceKind.Unknown;

    private static SentencePieceNormalizer Normalizer(SentencePieceModel model)
    {
        try
        {
            return new SentencePieceNormalizer(model);
        }
        catch (InvalidDataException error)
        {
            throw TokenizerException.Damaged(model.Source, $"is not a SentencePiece model: {error.Message}", error);
        }
    }

    // White space before a piece does not count, unless there is nothing else.
    private static (int Start, int End) Place(string text, AlignedBytes normalized, int from, int to)
    {
        (int start, int end) = (normalized.StartOf(from), normalized.EndOf(to - 1));
        while (start < end - 1 && char.IsWhiteSpace(text[start]))
        {
            start++;
        }

        return (start, end);
    }

    private void AddBytes(ReadOnlySpan<byte> bytes, int start, int end, TokenList tokens)
    {
        foreach (byte value in bytes)
        {
            tokens.Add(_byteIds[value] >= 0 ? _byteIds[value] : _unknown, start, end);
        }
    }
}
