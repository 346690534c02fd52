using System.Text;

namespace TransferLearning;

/// <summary>
/// The most probable pieces of a text (google/sentencepiece, unigram_model.cc, EncodeOptimized), with the reference's arithmetic: the best
/// score at each place is kept in single precision, and the first of equally good pieces stays, which decides between equal sums.
/// </summary>
internal sealed class UnigramSearch : IPieceSearch
{
    private const float UnknownPenalty = 10;
    // C's FLT_MIN, from which the reference looks for the greatest score: never below zero, so that the user's own pieces win.
    private const float SmallestNormal = 1.17549435e-38f;
    private readonly PieceTrie _trie = new();
    private readonly float[] _scores;
    private readonly bool[] _userDefined;
    private readonly float _greatest;
    private readonly float _unknownScore;
    private readonly int _unknown;

    public UnigramSearch(SentencePieceModel model)
    {
        int count = model.Pieces.Count;
        (_scores, _userDefined) = (new float[count], new bool[count]);
        (float least, _greatest) = (float.MaxValue, SmallestNormal);
        for (int id = 0; id < count; id++)
        {
            (string piece, float score, PieceKind kind) = model.Pieces[id];
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

        _unknownScore = least - UnknownPenalty;
    }

    public List<PieceSpan> Search(ReadOnlySpan<byte> text)
    {
        float[] best = new float[text.Length + 1];
        (int From, int Piece)[] ways = new (int, int)[text.Length + 1];
        Array.Fill(ways, (-1, -1));
        for (int start = 0; start < text.Length;)
        {
            float here = best[start];
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
                double score = _userDefined[piece] ? (length * _greatest) - 0.1 : _scores[piece];
                Offer(ways, best, start, end, piece, score + here);
                spelled |= length == character;
            }

            if (!spelled)
            {
                Offer(ways, best, start, start + character, _unknown, _unknownScore + here);
            }

            start += character;
        }

        return Way(ways, text.Length);
    }

    private static void Offer((int From, int Piece)[] ways, float[] best, int start, int end, int piece, double score)
    {
        if (ways[end].From < 0 || score > best[end])
        {
            (ways[end], best[end]) = ((start, piece), (float)score);
        }
    }

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
