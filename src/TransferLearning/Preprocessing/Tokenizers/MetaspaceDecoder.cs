namespace TransferLearning;

/// <summary>Joins the pieces of a Unigram <c>tokenizer.json</c> to text: <c>▁</c> is a space, but for those of the first piece.</summary>
/// <param name="kinds">What each token is.</param>
/// <param name="dropsFirst">Whether the first piece loses its spaces, because encoding puts one in front.</param>
internal sealed class MetaspaceDecoder(PieceKind[] kinds, bool dropsFirst) : TokenTextDecoder
{
    private readonly Utf8Runes _bytes = new();
    private bool _begun;

    public override void Append(int id, string token, StringBuilder text)
    {
        if (kinds[id] == PieceKind.Byte && SentencePieceDecoder.ByteOf(token) is byte value)
        {
            _bytes.Add(value);
            _begun = true;
            _bytes.Take(text, end: false, eachByte: true);
            return;
        }

        AppendAdded(token, text);
    }

    public override void AppendAdded(string content, StringBuilder text)
    {
        _bytes.Take(text, end: true, eachByte: true);
        text.Append(content.Replace("▁", _begun || !dropsFirst ? " " : string.Empty, StringComparison.Ordinal));
        _begun = true;
    }

    public override void Finish(StringBuilder text)
    {
        _bytes.Take(text, end: true, eachByte: true);
        _begun = false;
    }
}
