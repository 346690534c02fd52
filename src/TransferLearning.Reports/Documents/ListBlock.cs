namespace TransferLearning.Reports;

/// <summary>A list.</summary>
/// <param name="Items">What each of its points says.</param>
internal sealed record ListBlock(IReadOnlyList<string> Items) : ReportBlock;
