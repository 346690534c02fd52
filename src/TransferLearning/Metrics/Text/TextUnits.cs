namespace TransferLearning;

/// <summary>
/// What texts are compared by: words and characters, as Python's <c>str</c> has them, on which the reference scripts rest.
/// </summary>
internal static class TextUnits
{
    /// <summary>What stands between white space.</summary>
    public static string[] Words(string text)
    {
        List<string> words = new();
        for (int i = 0, start = -1; i <= text.Length; i++)
        {
            bool isSpace = i == text.Length || IsSpace(text[i]);
            if (isSpace && start >= 0)
            {
                words.Add(text[start..i]);
                start = -1;
            }
            else if (!isSpace && start < 0)
            {
                start = i;
            }
        }

        return [.. words];
    }

    /// <summary>The code points; half a surrogate pair stands for itself.</summary>
    public static int[] Characters(string text)
    {
        List<int> characters = new(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            bool isPair = char.IsSurrogatePair(text, i);
            characters.Add(isPair ? char.ConvertToUtf32(text, i) : text[i]);
            i += isPair ? 1 : 0;
        }

        return [.. characters];
    }

    /// <summary>The text in lower case; the Turkish capital I with its dot becomes an i and a dot.</summary>
    public static string Lower(string text) => text.Replace("\u0130", "i\u0307", StringComparison.Ordinal).ToLowerInvariant();

    /// <summary>The text without white space behind it.</summary>
    public static string Trimmed(string text)
    {
        int end = text.Length;
        while (end > 0 && IsSpace(text[end - 1]))
        {
            end--;
        }

        return text[..end];
    }

    /// <summary>The text without white space around it.</summary>
    public static string Stripped(string text)
    {
        int first = 0;
        while (first < text.Length && IsSpace(text[first]))
        {
            first++;
        }

        return Trimmed(text[first..]);
    }

    // The four separators of information are white space to Python and not to .NET.
    public static bool IsSpace(char value) => char.IsWhiteSpace(value) || value is >= '\x1C' and <= '\x1F';
}
