namespace TransferLearning;

/// <summary>What became of each name when weights were loaded.</summary>
public sealed record WeightLoadReport
{
    private const int NamesShown = 5;

    /// <summary>Where the weights came from: the file, or a word for tensors in memory.</summary>
    public required string Source { get; init; }

    /// <summary>The targets that were, or would have been, filled.</summary>
    public required IReadOnlyList<string> Applied { get; init; }

    /// <summary>The targets that the checkpoint does not have.</summary>
    public required IReadOnlyList<string> Missing { get; init; }

    /// <summary>The names of the checkpoint that no target has.</summary>
    public required IReadOnlyList<string> Unexpected { get; init; }

    /// <summary>The targets whose shape differs.</summary>
    public required IReadOnlyList<ShapeMismatch> ShapeMismatches { get; init; }

    /// <summary>The fraction of all target elements that were, or would have been, filled; 1 for no targets.</summary>
    public required double Coverage { get; init; }

    /// <summary>What was loaded otherwise than the file suggests, a sentence for each; usually empty.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The number of bytes read; 0 when nothing was written.</summary>
    public long BytesRead { get; init; }

    /// <summary>A summary in several lines: counts, and the first few names of each group.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        text.Append(
            CultureInfo.InvariantCulture,
            $"{Source}: {Applied.Count} applied, {Missing.Count} missing, {ShapeMismatches.Count} of another shape, ");
        text.Append(CultureInfo.InvariantCulture, $"{Unexpected.Count} unexpected; {Coverage:P1} of the elements, {BytesRead} bytes read.");
        Append(text, "missing", Missing);
        Append(text, "other shape", ShapeMismatches);
        Append(text, "unexpected", Unexpected);
        Append(text, "note", Notes);
        return text.ToString();
    }

    private static void Append<T>(StringBuilder text, string title, IReadOnlyList<T> names)
    {
        if (names.Count > 0)
        {
            string rest = names.Count > NamesShown ? $" and {names.Count - NamesShown} more" : "";
            text.Append(CultureInfo.InvariantCulture, $"\n  {title}: {string.Join("; ", names.Take(NamesShown))}{rest}");
        }
    }
}
