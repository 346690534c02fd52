namespace TransferLearning;

/// <summary>What SentencePiece does to a text before it looks for pieces (google/sentencepiece, normalizer.cc): characters are mapped, runs
/// of spaces become one, spaces become <c>▁</c>, and one stands in front.</summary>
internal sealed class SentencePieceNormalizer : IPieceText
{
    private readonly SentencePieceModel _model;
    private readonly CharsMap? _map;
    private readonly PieceTrie? _userDefined;

    public SentencePieceNormalizer(SentencePieceModel model)
    {
        _model = model;
        _map = model.CharsMap.Length > 0 ? new CharsMap(model.CharsMap) : null;
        for (int id = 0; id < model.Pieces.Count; id++)
        {
            if (model.Pieces[id].Kind == PieceKind.UserDefined)
            {
                (_userDefined ??= new PieceTrie()).Add(Encoding.UTF8.GetBytes(model.Pieces[id].Piece), id);
            }
        }
    }

    public static ReadOnlySpan<byte> Mark => "▁"u8;

    /// <summary>How many bytes a piece of the user's own takes at the beginning of a text; 0 when none begins there.</summary>
    public int UserDefined(ReadOnlySpan<byte> text, out int id)
    {
        (int length, id) = (0, -1);
        int node = 0;
        for (int i = 0; _userDefined is not null && i < text.Length && (node = _userDefined.Step(node, text[i])) >= 0; i++)
        {
            if (_userDefined.PieceAt(node) >= 0)
            {
                (length, id) = (i + 1, _userDefined.PieceAt(node));
            }
        }

        return length;
    }

    public AlignedText Normalize(string text, int start, int end) => AlignedText.Of(text, start, end);

    public AlignedBytes Bytes(AlignedText text, int from, int to, bool isFirst, List<int> ends)
    {
        AlignedBytes bytes = Normalized(text, from, to);
        ends.Add(bytes.Length);
        return bytes;
    }

    private AlignedBytes Normalized(AlignedText text, int first, int last)
    {
        AlignedBytes source = Utf8(text, first, last);
        AlignedBytes result = new(source.Length + 16);
        bool squeeze = _model.RemoveExtraSpaces;
        int at = 0;
        while (squeeze && at < source.Length)
        {
            int used = Next(source.Bytes[at..], out ReadOnlySpan<byte> sign);
            if (!sign.SequenceEqual(" "u8))
            {
                break;
            }

            at += used;
        }

        if (at == source.Length)
        {
            return result;
        }

        if (_model.AddDummyPrefix && !_model.SpaceAsSuffix)
        {
            AppendSpace(result, source.StartOf(at), source.StartOf(at));
        }

        bool afterSpace = squeeze;
        while (at < source.Length)
        {
            int used = Next(source.Bytes[at..], out ReadOnlySpan<byte> sign);
            (int from, int to) = (source.StartOf(at), source.EndOf(at + used - 1));
            at += used;
            while (afterSpace && sign.StartsWith(" "u8))
            {
                sign = sign[1..];
            }

            if (!sign.IsEmpty)
            {
                Append(result, sign, from, to);
                afterSpace = sign.EndsWith(" "u8);
            }

            afterSpace &= squeeze;
        }

        ReadOnlySpan<byte> space = _model.EscapeSpaces ? Mark : " "u8;
        while (squeeze && result.Bytes.EndsWith(space))
        {
            result.Shorten(result.Length - space.Length);
        }

        if (_model.AddDummyPrefix && _model.SpaceAsSuffix)
        {
            AppendSpace(result, text.EndOf(last - 1), text.EndOf(last - 1));
        }

        return result;
    }

    private static AlignedBytes Utf8(AlignedText text, int from, int to)
    {
        AlignedBytes bytes = new(to - from + 16);
        Span<byte> four = stackalloc byte[4];
        for (int at = from; at < to;)
        {
            Rune.DecodeFromUtf16(text.Chars[at..to], out Rune rune, out int length);
            bytes.Append(four[..rune.EncodeToUtf8(four)], text.StartOf(at), text.EndOf(at + length - 1));
            at += length;
        }

        return bytes;
    }

    // What the text begins with, mapped, and how many bytes of the text that is.
    private int Next(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> sign)
    {
        if (_userDefined is not null && UserDefined(text, out _) is int own and > 0)
        {
            sign = text[..own];
            return own;
        }

        if (_map is not null && _map.TryMap(text, out int length, out sign))
        {
            return length;
        }

        length = text[0] < 0x80 ? 1 : text[0] < 0xE0 ? 2 : text[0] < 0xF0 ? 3 : 4;
        sign = text[..length];
        return length;
    }

    private void Append(AlignedBytes result, ReadOnlySpan<byte> sign, int from, int to)
    {
        foreach (byte value in sign)
        {
            if (value == ' ')
            {
                AppendSpace(result, from, to);
            }
            else
            {
                result.Append(value, from, to);
            }
        }
    }

    private void AppendSpace(AlignedBytes result, int from, int to) => result.Append(_model.EscapeSpaces ? Mark : " "u8, from, to);
}
