namespace TransferLearning;

/// <summary>The printable letter that GPT-2's vocabulary writes for each byte (openai/gpt-2, encoder.py, bytes_to_unicode).</summary>
internal static class ByteLetters
{
    private static readonly char[] Letters = Make();
    private static readonly Dictionary<char, byte> Bytes = Letters
        .Select((letter, value) => (letter, value))
        .ToDictionary(pair => pair.letter, pair => (byte)pair.value);

    public static char LetterOf(byte value) => Letters[value];

    /// <summary>The bytes that a token spells; null when one of its characters stands for no byte.</summary>
    public static byte[]? BytesOf(string token)
    {
        byte[] bytes = new byte[token.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            if (!Bytes.TryGetValue(token[i], out bytes[i]))
            {
                return null;
            }
        }

        return bytes;
    }

    private static char[] Make()
    {
        char[] letters = new char[256];
        char next = (char)256;
        for (int value = 0; value < 256; value++)
        {
            letters[value] = value is (>= 33 and <= 126) or (>= 161 and <= 172) or (>= 174 and <= 255) ? (char)value : next++;
        }

        return letters;
    }
}
