namespace TransferLearning;

/// <summary>UTF-8 bytes of a changed text, and for each the stretch of the original text that it came from.</summary>
internal sealed class AlignedBytes
{
    private byte[] _bytes;
    private int[] _starts;
    private int[] _ends;

    public AlignedBytes(int expected)
    {
        int size = Math.Max(expected, 16);
        (_bytes, _starts, _ends) = (new byte[size], new int[size], new int[size]);
    }

    public int Length { get; private set; }
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

    public int StartOf(int index) => _starts[index];
    public int EndOf(int index) => _ends[index];

    public void Append(byte value, int start, int end)
    {
        if (Length == _bytes.Length)
        {
            Array.Resize(ref _bytes, Length * 2);
            Array.Resize(ref _starts, Length * 2);
            Array.Resize(ref _ends, Length * 2);
        }

        (_bytes[Length], _starts[Length], _ends[Length]) = (value, start, end);
        Length++;
    }

    public void Append(ReadOnlySpan<byte> values, int start, int end)
    {
        foreach (byte value in values)
        {
            Append(value, start, end);
        }
    }

    public void Shorten(int length) => Length = length;
}
