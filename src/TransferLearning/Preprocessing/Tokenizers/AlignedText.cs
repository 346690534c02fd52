namespace TransferLearning;

/// <summary>Characters of a changed text, and for each the stretch of the original text that it came from.</summary>
internal sealed class AlignedText
{
    private readonly string? _original; // where nothing has been changed
    private readonly int _first;
    private char[] _chars;
    private int[] _starts;
    private int[] _ends;

    public AlignedText(int expected)
    {
        int size = Math.Max(expected, 16);
        (_chars, _starts, _ends) = (new char[size], new int[size], new int[size]);
    }

    private AlignedText(string original, int first, int end)
    {
        (_original, _first, Length) = (original, first, end - first);
        (_chars, _starts, _ends) = ([], [], []);
    }

    public int Length { get; private set; }
    public ReadOnlySpan<char> Chars => _original is null ? _chars.AsSpan(0, Length) : _original.AsSpan(_first, Length);

    /// <summary>A stretch of a text as it stands.</summary>
    public static AlignedText Of(string text, int start, int end) => new(text, start, end);

    public int StartOf(int index) => _original is null ? _starts[index] : _first + index;
    public int EndOf(int index) => _original is null ? _ends[index] : _first + index + 1;

    public void Append(char c, int start, int end)
    {
        if (Length == _chars.Length)
        {
            int size = Math.Max(16, Length * 2);
            Array.Resize(ref _chars, size);
            Array.Resize(ref _starts, size);
            Array.Resize(ref _ends, size);
        }

        (_chars[Length], _starts[Length], _ends[Length]) = (c, start, end);
        Length++;
    }

    public void Append(ReadOnlySpan<char> chars, int start, int end)
    {
        foreach (char c in chars)
        {
            Append(c, start, end);
        }
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

    /// <summary>Appends characters of another text, with what they came from.</summary>
    public void Append(AlignedText other, int from, int to)
    {
        for (int at = from; at < to; at++)
        {
            Append(other.Chars[at], other.StartOf(at), other.EndOf(at));
        }
    }
}
