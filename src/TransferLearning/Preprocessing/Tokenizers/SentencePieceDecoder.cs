namespace TransferLearning;

/// <summary>Joins SentencePiece pieces to text (google/sentencepiece, sentencepiece_processor.cc, Decode).</summary>
internal sealed class SentencePieceDecoder : TokenTextDecoder
{
    private readonly SentencePieceModel _model;
    private readonly PieceKind[] _kinds;
    private readonly bool _stripsFirstSpace;
    private readonly Utf8Runes _bytes = new();
    private bool _begun;

    public SentencePieceDecoder(SentencePieceModel model, PieceKind[] kinds)
    {
        (_model, _kinds) = (model, kinds);
        _stripsFirstSpace = model.AddDummyPrefix || model.RemoveExtraSpaces;
    }

    public override void Append(int id, string token, StringBuilder text)
    {
        PieceKind kind = _kinds[id];
        if (kind == PieceKind.Byte && ByteOf(token) is byte value)
        {
            _bytes.Add(value);
            _begun = true;
            _bytes.Take(text, end: false, eachByte: true);
            return;
        }

        _bytes.Take(text, end: true, eachByte: true);
        if (kind == PieceKind.Unknown)
        {
            Put(_model.UnknownSurface, text);
            return;
        }

        if (!_begun && _stripsFirstSpace && token.StartsWith('▁'))
        {
            token = token[1..];
            // Without removal of extra spaces only the one that encoding puts in front goes.
            _begun = !_model.RemoveExtraSpaces;
        }

        Put(token.Replace('▁', ' '), text);
    }

    public override void AppendAdded(string content, StringBuilder text)
    {
        _bytes.Take(text, end: true, eachByte: true);
        Put(content, text);
    }

    public override void Finish(StringBuilder text)
    {
        _bytes.Take(text, end: true, eachByte: true);
        _begun = false;
    }

    /// <summary>The byte that a piece such as <c>&lt;0x0A&gt;</c> stands for.</summary>
    public static byte? ByteOf(string token)
        => token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
            && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value)
            ? value : null;

    private void Put(string piece, StringBuilder text)
    {
        text.Append(piece);
        _begun |= piece.Length > 0;
    }
}
