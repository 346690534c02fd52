namespace TransferLearning;

/// <summary>Two text files of which every line of one belongs to the same line of the other: sentences and their translations.</summary>
public static class ParallelText
{
    /// <summary>Opens two files.</summary>
    /// <param name="sourcePath">The lines that the model reads, UTF-8, plain or gzip.</param>
    /// <param name="targetPath">The lines that the model is to write.</param>
    /// <returns>The set; its contents are <see cref="TextContent"/> and its targets <see cref="TextTarget"/>, its one class is "text". 32
    /// bytes a line are kept, the texts stay on disk. The caller disposes it, which closes the files.</returns>
    /// <exception cref="DatasetException">A file is missing, empty, damaged or not UTF-8, or they differ in the number of
    /// lines.</exception>
    public static Dataset Open(string sourcePath, string targetPath)
    {
        TextRows sources = TextLines.Rows(sourcePath, keepBlank: true);
        try
        {
            TextRows targets = TextLines.Rows(targetPath, keepBlank: true);
            if (sources.Count == targets.Count)
            {
                return new TextDataset(new ParallelRows(sources, targets), null, TextDataset.NoClasses);
            }

            targets.Dispose();
            throw new DatasetException(
                $"'{sources.Name}' has {sources.Count} lines and '{targets.Name}' has {targets.Count}; "
                + "expected as many, each line beside its own translation.");
        }
        catch
        {
            sources.Dispose();
            throw;
        }
    }
}
