namespace TransferLearning.Reports;

/// <summary>A section of a report.</summary>
/// <param name="Id">Its name in links: small letters.</param>
/// <param name="Title">Its heading.</param>
/// <param name="Blocks">What it holds.</param>
internal sealed record ReportSection(string Id, string Title, IReadOnlyList<ReportBlock> Blocks);
