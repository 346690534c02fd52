namespace TransferLearning;

/// <summary>Texts without classes, for language modelling: the lines of a file, or documents from anywhere.</summary>
public static class TextLines
{
    /// <summary>Opens a file whose every line is a text; blank lines are skipped.</summary>
    /// <param name="path">The file, UTF-8, plain or gzip.</param>
    /// <returns>The set; its contents are <see cref="TextContent"/>, its one class is "text". 16 bytes a line are kept, the texts stay on
    /// disk. The caller disposes it, which closes the file.</returns>
    /// <exception cref="DatasetException">The file is missing, has no text, is damaged or not UTF-8; the message gives the
    /// line.</exception>
    public static Dataset Open(string path) => Set(Rows(path, keepBlank: false));

    /// <summary>
    /// Makes a set of texts that come one after another and may be more than memory holds, those of <c>WikipediaDump.Texts</c> in the
    /// package TransferLearning.Wikipedia for example. They are written to a temporary file, which is gone when the set is disposed or the
    /// process ends.
    /// </summary>
    /// <param name="texts">The texts, read once. Blank ones are skipped.</param>
    /// <param name="name">What to call them in messages and in the names of samples. Default: "texts".</param>
    /// <param name="cancellationToken">Ends it before the next text.</param>
    /// <returns>The set; its contents are <see cref="TextContent"/>, its one class is "text". The caller disposes it.</returns>
    /// <exception cref="DatasetException">There is no text, or one of more than 64 MiB.</exception>
    /// <exception cref="IOException">The folder for temporary files is full.</exception>
    public static Dataset From(IEnumerable<string> texts, string name = "texts", CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentException.ThrowIfNullOrEmpty(name);
        TextRows rows = TextRows.Spooled(texts, name, cancellationToken);
        if (rows.Count > 0)
        {
            return Set(rows);
        }

        rows.Dispose();
        throw new DatasetException($"'{name}' holds no text.");
    }

    /// <summary>The rows of a file, all of them looked at.</summary>
    internal static TextRows Rows(string path, bool keepBlank)
    {
        TextBytes source = TextBytes.Open(path, TextFileOptions.DefaultMaximumUnpackedBytes);
        try
        {
            TextRows rows = new(source);
            TextRowScanner.ForEach(source, TextRowShape.Line, row =>
            {
                if (keepBlank || !row.IsBlank)
                {
                    row.Text();
                    rows.Add(row);
                }
            });
            return rows.Count > 0 ? rows : throw new DatasetException($"'{source.Name}' has no line of text.");
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    private static TextDataset Set(TextRows rows)
        => new(new RowTexts(rows, text => (new TextContent(text), null)), null, TextDataset.NoClasses);
}
