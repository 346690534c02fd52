using CsvHelper;

namespace TransferLearning;

/// <summary>The one grammar of CSV and TSV files, read by the package CsvHelper: what separates two fields, and whether a field may stand
/// in quotes and then hold separators, line breaks and doubled quotes (RFC 4180). A row ends with LF, CR LF or CR.</summary>
/// <param name="Separator">What stands between two fields, an ASCII character.</param>
/// <param name="Quoted">Whether fields may stand in quotes; if not, a quote is a character like any other.</param>
internal sealed record DelimitedFormat(char Separator, bool Quoted)
{
    public static readonly DelimitedFormat Csv = new(',', Quoted: true);
    public static readonly DelimitedFormat Tsv = new('\t', Quoted: false);

    /// <summary>A text as a field of CSV: in quotes where it would not be read back as it is otherwise.</summary>
    public static string Field(string text)
        => text.AsSpan().ContainsAny(",\"\r\n") || text is [' ', ..] or [.., ' ']
            ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
            : text;

    /// <summary>The format that the name of a file stands for: tabs without quotes if it ends in .tsv or .tsv.gz, else commas.</summary>
    public static DelimitedFormat Of(string path) => path.EndsWith(".tsv", StringComparison.OrdinalIgnoreCase)
        || path.EndsWith(".tsv.gz", StringComparison.OrdinalIgnoreCase) ? Tsv : Csv;

    /// <summary>What to do about a row that falls into too many or too few fields.</summary>
    public string Remedy => Quoted
        ? $"Put a field that holds '{Separator}' in double quotes"
        : Separator == '\t'
            ? "Remove the tabs from its fields; this format has no quoting"
            : $"Remove '{Separator}' from its fields, or quote them and set Quoted in the options";

    private CsvReaderOptions Options => new()
    {
        Separator = Separator,
        Mode = Quoted ? CsvMode.Rfc4180 : CsvMode.NoEscape,
        HasHeader = false,
    };

    /// <summary>Calls an action with every row that is not empty, in constant memory; the row begins where its first field does.</summary>
    /// <param name="source">The file.</param>
    /// <param name="action">Takes the row; its bytes are gone when it returns.</param>
    /// <exception cref="DatasetException">A row is longer than <see cref="TextRowScanner.LongestRow"/>.</exception>
    public void ForEachRow(TextBytes source, TextRowScanner.RowAction action)
    {
        CsvReaderOptions options = Options with
        {
            Encoding = Encoding.UTF8,
            TrackLineNumbers = true,
            MaxRecordSize = TextRowScanner.LongestRow,
        };
        try
        {
            using CsvReader reader = CsvReader.Create(source.OpenStream(), options, leaveOpen: false);
            while (reader.Read())
            {
                TextRow row = new(source, reader.RawRecord, reader.ByteOffset, reader.LineNumber);
                TextRowScanner.CheckLength(row);
                if (!row.IsBlank)
                {
                    action(row);
                }
            }
        }
        catch (CsvFormatException exception)
        {
            throw TextRowScanner.TooLong(source, exception.LineNumber, exception);
        }
    }

    /// <summary>The fields of a row, as they are written: spaces around them are part of them.</summary>
    /// <param name="row">The row, without its end.</param>
    /// <exception cref="FormatException">A quote is not closed, or something follows the closing one.</exception>
    public string[] Fields(string row)
    {
        CsvMalformedRecord? malformed = null;
        CsvReaderOptions options = Options with { OnMalformedRecord = found => malformed ??= found };
        using CsvReader reader = CsvReader.Create(Encoding.UTF8.GetBytes(row), options);
        if (!reader.Read())
        {
            return [""];
        }

        string[] fields = new string[reader.FieldCount];
        for (int i = 0; i < fields.Length; i++)
        {
            fields[i] = reader.GetString(i);
        }

        // A quote inside a field that has not begun with one is a character like any other.
        return malformed?.Reason switch
        {
            CsvMalformedReason.UnterminatedQuote => throw new FormatException("a quote is not closed"),
            CsvMalformedReason.TextAfterClosingQuote
                => throw new FormatException($"something follows the closing quote at byte {malformed.Value.ByteOffset}"),
            _ => fields,
        };
    }
}
