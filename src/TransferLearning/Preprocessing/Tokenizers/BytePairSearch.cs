namespace TransferLearning;

/// <summary>SentencePiece's byte-pair encoding (google/sentencepiece, bpe_model.cc): any neighbours that together spell a piece may merge,
/// the piece with the highest score first.</summary>
internal sealed class BytePairSearch : IPieceSearch
{
    private readonly PairMerger _merger = new();
    private readonly Dictionary<string, int> _symbols = new(StringComparer.Ordinal);
    private readonly List<int> _pieces = [];
    private readonly SentencePieceNormalizer _normalizer;
    private readonly int _unknown;

    public BytePairSearch(SentencePieceModel model, SentencePieceNormalizer normalizer)
    {
        _normalizer = normalizer;
        for (int id = 0; id < model.Pieces.Count; id++)
        {
            SentencePieceModel.Entry entry = model.Pieces[id];
            if (entry.Kind is PieceKind.Normal or PieceKind.UserDefined)
            {
                _symbols.TryAdd(entry.Piece, _pieces.Count);
                _pieces.Add(id);
            }

            _unknown = entry.Kind == PieceKind.Unknown ? id : _unknown;
        }

        foreach (SentencePieceModel.Entry entry in model.Pieces.Where(entry => entry.Kind == PieceKind.Normal))
        {
            AllowMerges(entry);
        }
    }

    public List<PieceSpan> Search(ReadOnlySpan<byte> text)
    {
        int[] symbols = new int[text.Length], lengths = new int[text.Length];
        int count = 0;
        for (int at = 0; at < text.Length; count++)
        {
            int own = _normalizer.UserDefined(text[at..], out int piece);
            if (own > 0)
            {
                // Negative symbols stay as they are.
                (symbols[count], lengths[count]) = (~piece, own);
            }
            else
            {
                Rune.DecodeFromUtf8(text[at..], out Rune rune, out int length);
                symbols[count] = _symbols.TryGetValue(rune.ToString(), out int symbol) ? symbol : ~_unknown;
                lengths[count] = length;
            }

            at += lengths[count];
        }

        count = _merger.Merge(symbols.AsSpan(0, count), lengths.AsSpan(0, count));
        List<PieceSpan> pieces = new(count);
        for (int i = 0; i < count; i++)
        {
            int piece = symbols[i] < 0 ? ~symbols[i] : _pieces[symbols[i]];
            pieces.Add(new PieceSpan(piece < 0 ? _unknown : piece, lengths[i]));
        }

        return pieces;
    }

    // A piece comes of every split into two parts that can stand in a text: other pieces, or single characters without a piece.
    private void AllowMerges(SentencePieceModel.Entry entry)
    {
        string piece = entry.Piece;
        for (int at = 1; at < piece.Length; at++)
        {
            if (!char.IsLowSurrogate(piece[at]) && Symbol(piece[..at]) is int left && Symbol(piece[at..]) is int right)
            {
                _merger.Allow(left, right, (float)-entry.Score, _symbols[piece]);
            }
        }
    }

    private int? Symbol(string part)
    {
        if (_symbols.TryGetValue(part, out int symbol))
        {
            return symbol;
        }

        if (part.Length > 2 || !Rune.TryGetRuneAt(part, 0, out Rune rune) || rune.Utf16SequenceLength != part.Length)
        {
            return null;
        }

        _symbols.Add(part, _pieces.Count);
        _pieces.Add(-1);
        return _pieces.Count - 1;
    }
}
