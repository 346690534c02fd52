namespace TransferLearning;

/// <summary>
/// Tagged words in the form of the CoNLL shared tasks: one word a line with its tag in the last column, a blank line between sentences
/// (Tjong Kim Sang and De Meulder, "Introduction to the CoNLL-2003 Shared Task", 2003). Lines that begin with -DOCSTART- are passed over.
/// </summary>
public static class ConllFile
{
    private const string DocumentStart = "-DOCSTART-";

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file, UTF-8, plain or gzip.</param>
    /// <param name="options">How it is read; null means the defaults.</param>
    /// <returns>
    /// The set: one sample for each sentence, whose content is <see cref="WordsContent"/> and whose target is <see cref="TagsTarget"/>. The class names are the tags; the label of
    /// every sample is 0 and means nothing. 16 bytes a sentence are kept, the texts stay on disk. The caller disposes it.
    /// </returns>
    /// <exception cref="DatasetException">
    /// The file is missing, empty, damaged or no UTF-8, or a line lacks its word or tag; the message gives the line.
    /// </exception>
    public static Dataset Open(string path, ConllOptions? options = null)
    {
        options ??= new ConllOptions();
        ArgumentOutOfRangeException.ThrowIfNegative(options.WordColumn, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.TagColumn, -1, nameof(options));
        var source = TextBytes.Open(path, TextFileOptions.DefaultMaximumUnpackedBytes);
        try
        {
            return Open(source, options);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    private static TextDataset Open(TextBytes source, ConllOptions options)
    {
        var rows = new TextRows(source);
        var numbers = new LabelNumbers(options.ClassNames);
        TextRowScanner.ForEach(source, TextRowShape.Block, row =>
        {
            int words = 0;
            row.ForEachLine(line =>
            {
                try
                {
                    if (Word(line.Text(), options) is { } word)
                    {
                        numbers.Seen(word.Tag);
                        words++;
                    }
                }
                catch (FormatException exception)
                {
                    throw line.Error($"{exception.Message}.", exception);
                }
            });
            if (words > 0)
            {
                rows.Add(row);
            }
        });
        if (rows.Count == 0)
        {
            throw new DatasetException($"'{source.Name}' holds no sentence. Expected a word and its tag on each line.");
        }

        var (tags, final) = numbers.InOrder();
        return new TextDataset(new RowTexts(rows, block => Content(block, options, tag => final[numbers.Seen(tag)])), null, tags);
    }

    private static (SampleContent Input, Target? Target) Content(string block, ConllOptions options, Func<string, int> numberOf)
    {
        var words = new List<string>();
        var tags = new List<int>();
        foreach (string line in block.Split('\n'))
        {
            if (Word(line, options) is { } word)
            {
                words.Add(word.Word);
                tags.Add(numberOf(word.Tag));
            }
        }

        return (new WordsContent(words), new TagsTarget(tags));
    }

    private static (string Word, string Tag)? Word(string line, ConllOptions options)
    {
        if (string.IsNullOrWhiteSpace(line) || line.StartsWith(DocumentStart, StringComparison.Ordinal))
        {
            return null;
        }

        string[] columns = options.Separator is { } separator
            ? line.TrimEnd('\r').Split(separator, StringSplitOptions.TrimEntries)
            : line.Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
        int tagColumn = options.TagColumn < 0 ? columns.Length - 1 : options.TagColumn;
        return columns.Length > Math.Max(options.WordColumn, tagColumn) && tagColumn != options.WordColumn
            && columns[options.WordColumn].Length > 0 && columns[tagColumn].Length > 0
            ? (columns[options.WordColumn], columns[tagColumn])
            : throw new FormatException($"expected a word and its tag, found {columns.Length} columns");
    }
}
