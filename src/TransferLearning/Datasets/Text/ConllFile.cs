namespace TransferLearning;

/// <summary>Tagged words in the form of the CoNLL shared tasks: one word a line with its tag in the last column, a blank line between
/// sentences (Tjong Kim Sang and De Meulder, "Introduction to the CoNLL-2003 Shared Task", 2003). Lines that begin with -DOCSTART- are
/// skipped. All lines of a sentence have as many columns, and all of the file where the tag is in the last one.</summary>
public static class ConllFile
{
    private const string DocumentStart = "-DOCSTART-";

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file, UTF-8, plain or gzip.</param>
    /// <param name="options">How it is read; null means the defaults.</param>
    /// <returns>The set: one sample for each sentence, whose content is <see cref="WordsContent"/> and whose target is
    /// <see cref="TagsTarget"/>. The class names are the tags; the label of every sample is 0 and means nothing. 16 bytes a sentence are
    /// kept, the texts stay on disk. The caller disposes it.</returns>
    /// <exception cref="DatasetException">The file is missing, empty, damaged or not UTF-8, or a line lacks its word or tag or has more or
    /// fewer columns than the others; the message gives the line.</exception>
    public static Dataset Open(string path, ConllOptions? options = null)
    {
        options ??= new ConllOptions();
        ArgumentOutOfRangeException.ThrowIfNegative(options.WordColumn, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.TagColumn, -1, nameof(options));
        TextBytes source = TextBytes.Open(path, TextFileOptions.DefaultMaximumUnpackedBytes);
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
        TextRows rows = new(source);
        LabelNumbers numbers = new(options.ClassNames);
        int expected = 0; // columns
        TextRowScanner.ForEach(source, TextRowShape.Block, row =>
        {
            int words = 0;
            expected = options.TagColumn < 0 ? expected : 0;
            row.ForEachLine(line =>
            {
                try
                {
                    if (Columns(line.Text(), options) is { } columns)
                    {
                        expected = expected == 0 ? columns.Length : expected;
                        numbers.Seen(Word(columns, options, expected).Tag);
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

        (string[] tags, int[] final) = numbers.InOrder();
        return new TextDataset(new RowTexts(rows, block => Content(block, options, tag => final[numbers.Seen(tag)])), null, tags);
    }

    private static (SampleContent Input, Target? Target) Content(string block, ConllOptions options, Func<string, int> numberOf)
    {
        List<string> words = [];
        List<int> tags = [];
        foreach (string line in block.Split('\n'))
        {
            if (Columns(line, options) is { } columns)
            {
                (string word, string tag) = Word(columns, options, columns.Length);
                words.Add(word);
                tags.Add(numberOf(tag));
            }
        }

        return (new WordsContent(words), new TagsTarget(tags));
    }

    private static string[]? Columns(string line, ConllOptions options)
        => string.IsNullOrWhiteSpace(line) || line.StartsWith(DocumentStart, StringComparison.Ordinal) ? null
            : options.Separator is { } separator ? line.TrimEnd('\r').Split(separator, StringSplitOptions.TrimEntries)
            : line.Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);

    private static (string Word, string Tag) Word(string[] columns, ConllOptions options, int expected)
    {
        int tagColumn = options.TagColumn < 0 ? columns.Length - 1 : options.TagColumn;
        return columns.Length <= Math.Max(options.WordColumn, tagColumn) || tagColumn == options.WordColumn
            || columns[options.WordColumn].Length == 0 || columns[tagColumn].Length == 0
            ? throw new FormatException($"expected a word and its tag, found {columns.Length} columns")
            : columns.Length != expected
                ? throw new FormatException(
                    $"expected {expected} columns, as the lines before have, found {columns.Length}. If a word holds a space, separate the "
                    + "columns by tabs and set Separator in the options")
                : (columns[options.WordColumn], columns[tagColumn]);
    }
}
