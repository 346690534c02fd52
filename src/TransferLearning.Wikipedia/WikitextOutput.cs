namespace TransferLearning.Wikipedia;

/// <summary>Text that is written at its end and cut back there.</summary>
/// <param name="capacity">How many characters it is expected to take.</param>
internal sealed class WikitextOutput(int capacity)
{
    /// <summary>
    /// What stands for an ASCII character that is not markup, until the lines have been processed: a private-use character.
    /// </summary>
    public const char LiteralBase = '\uE000';

    private char[] _characters = new char[Math.Max(capacity, 16)];

    public int Length { get; private set; }
    public ReadOnlySpan<char> Text => _characters.AsSpan(0, Length);

    public ReadOnlySpan<char> Slice(int start, int length) => _characters.AsSpan(start, length);

    public void Append(ReadOnlySpan<char> text)
    {
        if (Length + text.Length > _characters.Length)
        {
            Array.Resize(ref _characters, Math.Max(_characters.Length * 2, Length + text.Length));
        }

        text.CopyTo(_characters.AsSpan(Length));
        Length += text.Length;
    }

    /// <summary>Appends text whose characters are not markup; entities in it still are.</summary>
    public void AppendLiteral(ReadOnlySpan<char> text)
    {
        int start = Length;
        Append(text);
        foreach (ref char value in _characters.AsSpan(start, text.Length))
        {
            value = char.IsAsciiLetterOrDigit(value) || char.IsWhiteSpace(value) || value is '&' or ';' || value >= 128
                ? value
                : (char)(LiteralBase + value);
        }
    }

    /// <summary>Cuts everything from a place on.</summary>
    public void Truncate(int length) => Length = length;

    /// <summary>Puts a part at a place before it, and cuts everything behind it.</summary>
    public void Move(int start, int end, int target)
    {
        Text[start..end].CopyTo(_characters.AsSpan(target));
        Length = target + end - start;
    }
}
