namespace TransferLearning;

/// <summary>Byte-level tokens to text: their bytes, read as UTF-8, and a space between words whose ends are marked.</summary>
internal sealed class BytePairDecoder : TokenTextDecoder
{
    private readonly byte[]?[] _bytes;
    private readonly bool[] _endsWord;
    private readonly Utf8Runes _runes = new();
    private bool _space;

    /// <param name="bytes">The bytes of each token; null for one that is text as it stands.</param>
    /// <param name="endsWord">Whether a space follows each token, unless it is the last.</param>
    public BytePairDecoder(byte[]?[] bytes, bool[] endsWord) => (_bytes, _endsWord) = (bytes, endsWord);

    public override void Append(int id, string token, StringBuilder text)
    {
        if (_bytes[id] is not byte[] bytes)
        {
            AppendAdded(token, text);
            return;
        }

        Space(text);
        _runes.Add(bytes);
        _runes.Take(text, end: _endsWord[id], eachByte: false);
        _space = _endsWord[id];
    }

    public override void AppendAdded(string content, StringBuilder text)
    {
        _runes.Take(text, end: true, eachByte: false);
        Space(text);
        text.Append(content);
    }

    public override void Finish(StringBuilder text)
    {
        _runes.Take(text, end: true, eachByte: false);
        _space = false;
    }

    private void Space(StringBuilder text)
    {
        text.Append(_space ? " " : string.Empty);
        _space = false;
    }
}
