namespace TransferLearning;

/// <summary>Texts in a CSV, TSV or JSON-lines file, one for each row, with a class, a number or another text beside each.</summary>
/// <remarks>The file is scanned once when it is opened; then its texts stay on disk and 20 bytes a row are kept, so that it may be far
/// larger than memory. It must be UTF-8, plain or compressed with gzip, and must not change while the set is in use. Blank lines are
/// skipped. A sample is called by the name of the file and the number of the row.</remarks>
public static class TextFile
{
    /// <summary>Opens a file of texts.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How it is read; null means the defaults: a header, the columns "text" and "label".</param>
    /// <returns>The set, whose contents are <see cref="TextContent"/>, with a <see cref="TextTarget"/> if
    /// <see cref="TextFileOptions.TargetText"/> is set. Without classes it has the one class "text". The caller disposes it, which closes
    /// the file.</returns>
    /// <exception cref="DatasetException">The file is missing, empty, damaged or not UTF-8, a column is missing, or a row has more or fewer
    /// fields than the first one, cannot be parsed or has a label of no class; the message gives the line.</exception>
    public static Dataset Open(string path, TextFileOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new TextFileOptions();
        TextColumns columns = ColumnsOf(path, options);
        TextBytes source = TextBytes.Open(path, options.MaximumUnpackedBytes);
        try
        {
            return Open(source, columns, options);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    private static TextDataset Open(TextBytes source, TextColumns columns, TextFileOptions options)
    {
        TextRows rows = new(source);
        TextRowContent content = new(columns, options);
        LabelNumbers numbers = new(options.ClassNames);
        List<int> labels = new();
        bool isFirst = true;
        columns.ForEachRow(source, row =>
        {
            string text = row.Text();
            try
            {
                bool isHeader = isFirst && content.TakeFirst(text);
                isFirst = false;
                if (!isHeader)
                {
                    content.Of(text, numbers.Seen, out int label);
                    labels.Add(label);
                    rows.Add(row);
                }
            }
            catch (FormatException exception)
            {
                throw row.Error($"{exception.Message.TrimEnd('.')}.", exception);
            }
        });
        if (rows.Count == 0)
        {
            throw new DatasetException($"'{source.Name}' has no row of text{(options.HasHeader ? " below its header" : "")}.");
        }

        (string[]? classNames, int[]? final) = numbers.InOrder();
        RowTexts texts = new(rows, row => content.Of(row, name => final[numbers.Seen(name)], out _));
        return content.Label is null || classNames.Length == 0
            ? new TextDataset(texts, null, TextDataset.NoClasses)
            : new TextDataset(
                texts, labels.ConvertAll(label => label < 0 ? 0 : final[label]), classNames, options.LabelSeparator is not null);
    }

    private static TextColumns ColumnsOf(string path, TextFileOptions options)
    {
        TextFileFormat format = options.Format == TextFileFormat.FromName ? FormatOf(path) : options.Format;
        if (format == TextFileFormat.JsonLines)
        {
            return new TextColumns.Json();
        }

        DelimitedFormat usual = format == TextFileFormat.Tsv ? DelimitedFormat.Tsv : DelimitedFormat.Csv;
        DelimitedFormat given = new(options.Separator ?? usual.Separator, options.Quoted ?? usual.Quoted);
        return char.IsAscii(given.Separator) && given.Separator is not ('"' or '\n' or '\r')
            ? new TextColumns.Delimited(given, options.HasHeader)
            : throw new ArgumentException(
                $"'{given.Separator}' cannot separate fields; expected an ASCII character such as ';'.", nameof(options));
    }

    private static TextFileFormat FormatOf(string path)
    {
        string name = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path;
        return Path.GetExtension(name).ToUpperInvariant() switch
        {
            ".CSV" => TextFileFormat.Csv,
            ".TSV" => TextFileFormat.Tsv,
            ".JSONL" or ".NDJSON" => TextFileFormat.JsonLines,
            _ => throw new DatasetException(
                $"The name of '{path}' does not say how its rows are written. Expected .csv, .tsv or .jsonl, each also with .gz, "
                + "or set the format in the options."),
        };
    }
}
