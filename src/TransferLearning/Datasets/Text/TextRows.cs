using System.IO.Hashing;

namespace TransferLearning;

/// <summary>Where the rows of a text file stand: 16 bytes a row are kept here, the texts stay in the file.</summary>
/// <param name="source">The file; disposed with the rows.</param>
internal sealed class TextRows(TextBytes source) : IDisposable
{
    private readonly List<(long Start, int Length, uint Checksum)> _rows = [];

    public string Name => source.Name;
    public int Count => _rows.Count;

    /// <summary>Reads one row.</summary>
    /// <exception cref="DatasetException">The file is not what it was when it was opened.</exception>
    public string this[int index]
    {
        get
        {
            (long start, int length, uint checksum) = _rows[index];
            byte[] bytes = GC.AllocateUninitializedArray<byte>(length);
            return source.Read(start, bytes) == length && Crc32.HashToUInt32(bytes) == checksum
                ? TextRow.Decode(bytes, source.Name)
                : throw new DatasetException($"'{source.Name}', row {index + 1}, has changed since the file was opened. Open it again.");
        }
    }

    /// <summary>Writes texts to a temporary file, of which they are then the rows.</summary>
    /// <param name="texts">The texts, read once; blank ones are skipped.</param>
    /// <param name="name">What to call the file.</param>
    /// <param name="cancellationToken">Ends it before the next text.</param>
    public static TextRows Spooled(IEnumerable<string> texts, string name, CancellationToken cancellationToken)
    {
        List<(long, int, uint)> rows = [];
        TextBytes source = TextBytes.Spooled(name, output =>
        {
            long start = 0;
            foreach (string text in texts)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (string.IsNullOrWhiteSpace(text))
                {
                    continue;
                }

                byte[] bytes = Encoding.UTF8.GetBytes(text);
                if (bytes.Length > TextRowScanner.LongestRow)
                {
                    throw new DatasetException(
                        $"'{name}', text {rows.Count + 1}, has more than {TextRowScanner.LongestRow} bytes. Divide it.");
                }

                output.Write(bytes);
                rows.Add((start, bytes.Length, Crc32.HashToUInt32(bytes)));
                start += bytes.Length;
            }
        });
        TextRows spooled = new(source);
        spooled._rows.AddRange(rows);
        return spooled;
    }

    public void Add(TextRow row)
    {
        if (_rows.Count == Array.MaxLength)
        {
            throw row.Error($"the file has more rows than the {Array.MaxLength} that a data set may have.");
        }

        _rows.Add((row.Start, row.Bytes.Length, Crc32.HashToUInt32(row.Bytes)));
    }
    /// <summary>A number that changes when the row does.</summary>
    public long MarkOf(int index) => ((long)_rows[index].Length << 32) | _rows[index].Checksum;

    public void Dispose() => source.Dispose();
}
