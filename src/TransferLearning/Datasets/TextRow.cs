namespace TransferLearning;

/// <summary>One row of a text file while the file is scanned.</summary>
/// <param name="source">The file.</param>
/// <param name="bytes">Its bytes, without the line end.</param>
/// <param name="start">Where it begins in the file.</param>
/// <param name="line">The number of its first line, from 1.</param>
internal readonly ref struct TextRow(TextBytes source, ReadOnlySpan<byte> bytes, long start, long line)
{
    /// <summary>UTF-8 that refuses what is none, where the usual one puts a question mark.</summary>
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public ReadOnlySpan<byte> Bytes { get; } = bytes;
    public long Start => start;
    public bool IsBlank => IsBlankLine(Bytes);

    /// <summary>Its text.</summary>
    /// <exception cref="DatasetException">It is not UTF-8.</exception>
    public string Text() => Decode(Bytes, Place);

    /// <summary>An exception that names the file and the line.</summary>
    public DatasetException Error(string problem, Exception? cause = null) => new($"{Place}: {problem}", cause);

    public static string Decode(ReadOnlySpan<byte> bytes, string place)
    {
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException exception)
        {
            throw new DatasetException($"{place}: byte {exception.Index + 1} of its text is not UTF-8. Save the file as UTF-8.", exception);
        }
    }

    /// <summary>Calls an action with every line of a row that has several, but the blank ones.</summary>
    public void ForEachLine(TextRowScanner.RowAction action)
    {
        int first = 0;
        for (long number = line; first < Bytes.Length; number++)
        {
            int length = Bytes[first..].IndexOf((byte)'\n');
            length = length < 0 ? Bytes.Length - first : length;
            ReadOnlySpan<byte> part = Bytes.Slice(first, length);
            if (!IsBlankLine(part))
            {
                action(new TextRow(source, part, start + first, number));
            }

            first += length + 1;
        }
    }

    public static bool IsBlankLine(ReadOnlySpan<byte> bytes) => bytes.Trim(" \t\r"u8).IsEmpty;

    private string Place => $"'{source.Name}', line {line}";
}
