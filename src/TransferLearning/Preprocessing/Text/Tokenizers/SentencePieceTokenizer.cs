namespace TransferLearning;

/// <summary>
/// SentencePiece, the tokenizer of T5 and Marian: the text is normalised by the model's own map, spaces become <c>▁</c>, and the text is
/// cut into the most probable pieces (unigram models) or by merging neighbours (BPE models).
/// </summary>
/// <remarks>
/// The normalisation and the search are the library's own: Microsoft.ML.Tokenizers 2.0.1 leaves the model's map of characters out and
/// cuts more than half of the test texts otherwise than the reference.
/// </remarks>
public sealed class SentencePieceTokenizer : TextTokenizer
{
    private readonly SentencePieceModel _model;
    private readonly SentencePieceNormalizer _normalizer;
    private readonly IPieceSearch _search;
    private readonly int[] _ids;
    private readonly int[] _byteIds;
    private readonly PieceKind[] _kinds;
    private readonly int _unknown;

    /// <summary>Makes a tokenizer whose numbers are not those of the model file's pieces.</summary>
    /// <param name="parts">The tokens.</param>
    /// <param name="model">The model that cuts the text.</param>
    /// <param name="ids">The number of each of the model's pieces; the unknown token's for a piece that has none.</param>
    internal SentencePieceTokenizer(TokenizerParts parts, SentencePieceModel model, int[] ids)
        : base(parts)
    {
        (_model, _ids) = (model, ids);
        _normalizer = Normalizer(model);
        _search = model.IsBytePair ? new BytePairSearch(model, _normalizer) : new UnigramSearch(model);
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
    }

    /// <summary>Reads a SentencePiece model file, unigram or BPE. No special tokens are put around a text or looked for in it.</summary>
    /// <param name="path">The file: <c>spiece.model</c>, <c>sentencepiece.bpe.model</c>, <c>source.spm</c> and so on.</param>
    /// <exception cref="TokenizerException">The file is missing or is no such model.</exception>
    public static SentencePieceTokenizer FromModel(string path) => TokenizerFolder.PlainSentencePiece(path);

    internal override TokenTextDecoder StartDecoding() => new SentencePieceDecoder(_model, _kinds);

    private protected override void Tokenize(string text, int start, int end, TokenList tokens)
    {
        AlignedBytes normalized = _normalizer.Normalize(text, start, end);
        ReadOnlySpan<byte> bytes = normalized.Bytes;
        int at = 0;
        List<PieceSpan> pieces = _search.Search(bytes);
        for (int i = 0; i < pieces.Count; i++)
        {
            int from = at;
            int id = _ids[pieces[i].Piece];
            at += pieces[i].Length;
            while (id == _unknown && !_model.ByteFallback && i + 1 < pieces.Count && _ids[pieces[i + 1].Piece] == _unknown)
            {
                at += pieces[++i].Length;
            }

            if (i == 0 || from == 0 || bytes[from..].StartsWith(SentencePieceNormalizer.Mark))
            {
                tokens.BeginWord();
            }

            (int first, int last) = Place(text, normalized, from, at);
            if (id == _unknown && _model.ByteFallback)
            {
                AddBytes(bytes[from..at], first, last, tokens);
            }
            else
            {
                tokens.Add(id, first, last);
            }
        }
    }

    private static SentencePieceNormalizer Normalizer(SentencePieceModel model)
    {
        try
        {
            return new SentencePieceNormalizer(model);
        }
        catch (InvalidDataException error)
        {
            throw TokenizerException.Damaged(model.Source, $"is no SentencePiece model: {error.Message}", error);
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
