namespace TransferLearning;

/// <summary>The most probable pieces of a text (google/sentencepiece, unigram_model.cc, EncodeOptimized), with the reference's arithmetic:
/// the best score at each place is kept in single precision, and the first of equally good pieces stays, which decides between equal sums.
/// Hugging Face's tokenizers keep it in double precision.</summary>
internal sealed class UnigramSearch : IPieceSearch
{
    private const float UnknownPenalty = 10;
    // C's FLT_MIN, from which the reference looks for the greatest score: never below zero, so that the user's own pieces win.
    private const float SmallestNormal = 1.17549435e-38f;
    private readonly PieceTrie _trie = new();
    private readonly double[] _scores;
    private readonly bool[] _userDefined;
    private readonly double _greatest;
    private readonly double _unknownScore;
    private readonly bool _isSingle;
    private readonly int _unknown;

    /// <param name="model">The pieces.</param>
    /// <param name="isSingle">Whether the best score at each place is kept in single precision.</param>
    public UnigramSearch(SentencePieceModel model, bool isSingle)
    {
        int count = model.Pieces.Count;
        (_scores, _userDefined, _isSingle) = (new double[count], new bool[count], isSingle);
        (double least, _greatest) = (double.MaxValue, SmallestNormal);
        for (int id = 0; id < count; id++)
        {
            (string piece, double score, PieceKind kind) = model.Pieces[id];
            (_scores[id], _userDefined[id]) = (score, kind == PieceKind.UserDefined);
            if (kind is PieceKind.Normal or PieceKind.UserDefined)
            {
                _trie.Add(Encoding.UTF8.GetBytes(piece), id);
            }

            if (kind == PieceKind.Normal)
            {
                (least, _greatest) = (Math.Min(least, score), Math.Max(_greatest, score));
            }

            _unknown = kind == PieceKind.Unknown ? id : _unknown;
        }

        _unknownScore = Kept(least - UnknownPenalty);
    }

    public List<PieceSpan> Search(ReadOnlySpan<byte> text)
    {
        double[] best = new double[text.Length + 1];
        (int From, int Piece)[] ways = new (int, int)[text.Length + 1];
        Array.Fill(ways, (-1, -1));
        for (int start = 0; start < text.Length;)
        {
            double here = best[start];
            int character = Math.Min(text[start] < 0x80 ? 1 : text[start] < 0xE0 ? 2 : text[start] < 0xF0 ? 3 : 4, text.Length - start);
            bool spelled = false;
            int node = 0;
            for (int end = start; end < text.Length && (node = _trie.Step(node, text[end])) >= 0;)
            {
                end++;
                int piece = _trie.PieceAt(node);
                if (piece < 0)
                {
                    continue;
                }

                int length = end - start;
                // A piece of the user's own always wins. Sums are taken in double precision, as the reference's mixed types have it.
                double score = _userDefined[piece] ? Kept(length * _greatest) - 0.1 : _scores[piece];
                Offer(ways, best, start, end, piece, score + here);
                spelled |= length == character;
            }

            if (!spelled)
            {
                Offer(ways, best, start, start + character, _unknown, Kept(_unknownScore + here));
            }

            start += character;
        }

        return Way(ways, text.Length);
    }

    private void Offer((int From, int Piece)[] ways, double[] best, int start, int end, int piece, double score)
    {
        if (ways[end].From < 0 || score > best[end])
        {
            (ways[end], best[end]) = ((start, piece), Kept(score));
        }
    }

    private double Kept(double score) => _isSingle ? (float)score : score;

    private static List<PieceSpan> Way((int From, int Piece)[] ways, int length)
    {
        List<PieceSpan> pieces = [];
        for (int end = length; end > 0; end = ways[end].From)
        {
            pieces.Add(new PieceSpan(ways[end].Piece, end - ways[end].From));
        }

        pieces.Reverse();
        return pieces;
    }
}
