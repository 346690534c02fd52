namespace TransferLearning;

/// <summary>Many short texts in one array, at a quarter of the memory that a list of strings takes.</summary>
internal sealed class PackedText
{
    private readonly byte[] _bytes;
    private readonly int[] _starts;

    public PackedText(IReadOnlyList<string> texts)
    {
        _starts = new int[texts.Count + 1];
        for (int i = 0; i < texts.Count; i++)
        {
            _starts[i + 1] = checked(_starts[i] + Encoding.UTF8.GetByteCount(texts[i]));
        }

        _bytes = new byte[_starts[^1]];
        for (int i = 0; i < texts.Count; i++)
        {
            Encoding.UTF8.GetBytes(texts[i], _bytes.AsSpan(_starts[i]));
        }
    }

    public int Count => _starts.Length - 1;

    public string this[int index] => Encoding.UTF8.GetString(_bytes, _starts[index], _starts[index + 1] - _starts[index]);
}
