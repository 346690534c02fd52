namespace TransferLearning;

/// <summary>Bytes that come bit by bit, as characters; an unfinished character is held back.</summary>
internal sealed class Utf8Runes
{
    private readonly List<byte> _bytes = [];

    public bool IsEmpty => _bytes.Count == 0;

    public void Add(byte value) => _bytes.Add(value);
    public void Add(byte[] values) => _bytes.AddRange(values);

    /// <summary>Hands on the characters that are whole.</summary>
    /// <param name="text">Takes them.</param>
    /// <param name="end">Whether no more bytes come: an unfinished character is a replacement character then.</param>
    /// <param name="eachByte">Whether every byte that fits nowhere is a replacement character of its own.</param>
    public void Take(StringBuilder text, bool end, bool eachByte)
    {
        ReadOnlySpan<byte> bytes = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_bytes);
        int at = 0;
        Span<char> pair = stackalloc char[2];
        while (at < bytes.Length)
        {
            OperationStatus status = Rune.DecodeFromUtf8(bytes[at..], out Rune rune, out int length);
            if (status == OperationStatus.NeedMoreData && !end)
            {
                break;
            }

            text.Append(pair[..rune.EncodeToUtf16(pair)]);
            at += status == OperationStatus.Done || !eachByte ? length : 1;
        }

        _bytes.RemoveRange(0, at);
    }
}
