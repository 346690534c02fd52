namespace TransferLearning;

/// <summary>Characters of a changed text, and for each the stretch of the original text that it came from.</summary>
internal sealed class AlignedText
{
    private char[] _chars;
    private int[] _starts;
    private int[] _ends;

    public AlignedText(int expected)
    {
        int size = Math.Max(expected, 16);
        (_chars, _starts, _ends) = (new char[size], new int[size], new int[size]);
    }

    public int Length { get; private set; }

    public ReadOnlySpan<char> Chars => _chars.AsSpan(0, Length);

    public int StartOf(int index) => _starts[index];

    public int EndOf(int index) => _ends[index];

    public void Append(char c, int start, int end)
    {
        if (Length == _chars.Length)
        {
            Array.Resize(ref _chars, Length * 2);
            Array.Resize(ref _starts, Length * 2);
            Array.Resize(ref _ends, Length * 2);
        }

        (_chars[Length], _starts[Length], _ends[Length]) = (c, start, end);
        Length++;
    }

    public void Append(int code, int start, int end)
    {
        if (code < 0x10000)
        {
            Append((char)code, start, end);
            return;
        }

        Append((char)(0xD7C0 + (code >> 10)), start, end);
        Append((char)(0xDC00 + (code & 0x3FF)), start, end);
    }

    public void Clear() => Length = 0;
}
