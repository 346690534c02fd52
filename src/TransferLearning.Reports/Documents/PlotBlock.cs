namespace TransferLearning.Reports;

/// <summary>A plot.</summary>
/// <param name="Name">The name of its file, without ending.</param>
/// <param name="Draw">Draws it.</param>
/// <param name="Caption">What stands below it.</param>
internal sealed record PlotBlock(string Name, Func<PlotOptions, Figure> Draw, string Caption) : ReportBlock
{
    /// <summary>Whether the same stands in a table, which HTML shows in its place: it can be searched, copied and listened to.</summary>
    public bool HasTable { get; init; }
}
