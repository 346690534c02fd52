using System.Text;

namespace TransferLearning;

/// <summary>Byte-level tokens to text: their bytes, read as UTF-8.</summary>
internal sealed class BytePairDecoder : TokenTextDecoder
{
    private readonly byte[]?[] _bytes;
    private readonly Utf8Runes _runes = new();

    public BytePairDecoder(byte[]?[] bytes) => _bytes = bytes;

    public override void Append(int id, string token, StringBuilder text)
    {
        if (_bytes[id] is not byte[] bytes)
        {
            AppendAdded(token, text);
            return;
        }

        _runes.Add(bytes);
        _runes.Take(text, end: false, eachByte: false);
    }

    public override void AppendAdded(string content, StringBuilder text)
    {
        Finish(text);
        text.Append(content);
    }

    public override void Finish(StringBuilder text) => _runes.Take(text, end: true, eachByte: false);
}
