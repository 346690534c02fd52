namespace TransferLearning;

/// <summary>
/// The fields of the rows of one CSV or TSV file. Every row has as many as the first one, or a field that was not quoted has been cut.
/// </summary>
/// <param name="format">How the rows are written.</param>
internal sealed class DelimitedRows(DelimitedFormat format)
{
    private const int LongestShown = 100;

    private string[]? _first;

    /// <summary>Whether the first row names the columns.</summary>
    public bool HasHeader { get; private set; }

    /// <summary>Takes the first row, by which the others are measured.</summary>
    /// <param name="row">The row, without its end.</param>
    /// <param name="isHeader">Says of its fields whether they name the columns.</param>
    /// <exception cref="FormatException">As in <see cref="Fields"/>.</exception>
    public IReadOnlyList<string> First(string row, Func<IReadOnlyList<string>, bool> isHeader)
    {
        _first = format.Fields(row);
        HasHeader = isHeader(_first);
        return _first;
    }

    /// <summary>The fields of a row.</summary>
    /// <param name="row">The row, without its end.</param>
    /// <exception cref="FormatException">A quote is not closed, something follows the closing one, or the row has more or fewer fields than
    /// the first.</exception>
    public IReadOnlyList<string> Fields(string row)
    {
        string[] fields = format.Fields(row);
        _first ??= fields;
        return fields.Length == _first.Length
            ? fields
            : throw new FormatException(
                $"expected {_first.Length} fields, as {Model()} has, and found {fields.Length}: '{Shown(row)}'. {format.Remedy}");
    }

    private string Model() => HasHeader ? $"the header ({Shown(string.Join(", ", _first!))})" : "the first row";

    /// <summary>The beginning of a row, for a message.</summary>
    public static string Shown(string text) => text.Length <= LongestShown ? text : string.Concat(text.AsSpan(0, LongestShown), "…");
}
