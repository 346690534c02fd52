namespace TransferLearning.Cli;

/// <summary>Which columns of a listing are read.</summary>
internal sealed record DataColumns(string? Path, string? Text, string? Pair, string? Label, string? Target, char? LabelSeparator)
{
    /// <summary>Refuses what has no meaning for class folders.</summary>
    public void RequireNone(string what)
    {
        if (this != new DataColumns(null, null, null, null, null, null))
        {
            throw new UsageException($"{what} has folders for classes and no columns: leave --path, --text, --label and the like out.");
        }
    }
}
