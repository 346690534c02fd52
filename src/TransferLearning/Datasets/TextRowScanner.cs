namespace TransferLearning;

/// <summary>Goes through a text file once, row by row, in constant memory.</summary>
internal static class TextRowScanner
{
    /// <summary>No row is longer; whatever claims to be is damaged or no table of texts.</summary>
    public const int LongestRow = 64 << 20;

    private const int FirstBuffer = 1 << 20;

    private static readonly string LongRow =
        $"the row has more than {LongestRow} bytes. A quote may not be closed; if quotes mean nothing in this file, say so in its options.";

    public delegate void RowAction(TextRow row);

    /// <summary>Calls an action with every row.</summary>
    /// <param name="source">The file.</param>
    /// <param name="shape">Where a row ends.</param>
    /// <param name="action">Takes the row; its bytes are gone when it returns.</param>
    /// <exception cref="DatasetException">A row is longer than <see cref="LongestRow"/>.</exception>
    public static void ForEach(TextBytes source, TextRowShape shape, RowAction action)
    {
        byte[] buffer = new byte[FirstBuffer];
        int held = source.Read(0, buffer);
        int first = buffer.AsSpan(0, held).StartsWith("\uFEFF"u8) ? 3 : 0;
        long offset = 0, line = 1; // where the buffer begins in the file
        while (true)
        {
            bool isLast = offset + held >= source.Length;
            while (first < held)
            {
                Span<byte> data = buffer.AsSpan(first, held - first);
                int end = EndOfRow(data, shape, out int lines);
                if (end < 0 && !isLast)
                {
                    break;
                }

                int length = end < 0 ? data.Length : end;
                Span<byte> bytes = data[..length];
                TextRow row = new(source, bytes.EndsWith("\r"u8) ? bytes[..^1] : bytes, offset + first, line);
                CheckLength(row);
                action(row);
                first += length + 1;
                line += lines + 1;
            }

            if (isLast)
            {
                return;
            }

            int rest = held - first;
            CheckLength(new TextRow(source, buffer.AsSpan(held - rest, rest), offset + first, line));
            byte[] next = rest > buffer.Length / 2 ? new byte[buffer.Length * 2] : buffer;
            buffer.AsSpan(held - rest, rest).CopyTo(next);
            offset += first;
            first = 0;
            buffer = next;
            int read = source.Read(offset + rest, buffer.AsSpan(rest));
            if (read == 0 && offset + rest < source.Length)
            {
                throw new DatasetException($"'{source.Name}' became shorter while it was read.");
            }

            held = rest + read;
        }
    }

    public static void CheckLength(TextRow row)
    {
        if (row.Bytes.Length > LongestRow)
        {
            throw row.Error(LongRow);
        }
    }

    /// <summary>The error for a row of which only the place is known.</summary>
    public static DatasetException TooLong(TextBytes source, long line, Exception cause)
        => new($"'{source.Name}', line {line}: {LongRow}", cause);

    /// <summary>Where the line end stands that ends the first row, or -1; and how many line ends stand before it.</summary>
    private static int EndOfRow(ReadOnlySpan<byte> data, TextRowShape shape, out int lines)
    {
        lines = 0;
        return shape == TextRowShape.Block ? EndOfBlock(data, out lines) : data.IndexOf((byte)'\n');
    }

    private static int EndOfBlock(ReadOnlySpan<byte> data, out int lines)
    {
        lines = 0;
        int end = data.IndexOf((byte)'\n');
        bool isBlank = end >= 0 && TextRow.IsBlankLine(data[..end]);
        while (end >= 0 && !isBlank)
        {
            int next = data[(end + 1)..].IndexOf((byte)'\n');
            if (next >= 0 && TextRow.IsBlankLine(data.Slice(end + 1, next)))
            {
                return end;
            }

            end = next < 0 ? -1 : end + 1 + next;
            lines++;
        }

        return end;
    }
}
