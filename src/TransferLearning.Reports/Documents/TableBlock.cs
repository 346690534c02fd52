namespace TransferLearning.Reports;

/// <summary>A table whose first column names its rows.</summary>
/// <param name="Caption">What it shows.</param>
/// <param name="Headers">The names of the columns.</param>
/// <param name="Rows">The cells.</param>
internal sealed record TableBlock(string Caption, IReadOnlyList<string> Headers, IReadOnlyList<IReadOnlyList<string>> Rows) : ReportBlock
{
    /// <summary>How dark each cell is, [row][column] without the first column, 0 to 1; null for a table without colours.</summary>
    public IReadOnlyList<IReadOnlyList<double>>? Heat { get; init; }

    /// <summary>Whether it is a list of names and what they stand for, which needs no heads.</summary>
    public bool IsFacts { get; init; }

    /// <summary>A table of names and what they stand for.</summary>
    /// <param name="caption">What it shows.</param>
    /// <param name="facts">The rows; those without a value are left out.</param>
    public static TableBlock Facts(string caption, IEnumerable<(string Name, string? Value)> facts)
        => new(
            caption,
            ["", "value"],
            [.. facts.Where(fact => fact.Value is not null).Select(fact => new[] { fact.Name, fact.Value! })])
        {
            IsFacts = true,
        };
}
