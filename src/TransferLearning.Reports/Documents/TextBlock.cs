namespace TransferLearning.Reports;

/// <summary>A paragraph.</summary>
/// <param name="Text">What it says.</param>
internal sealed record TextBlock(string Text) : ReportBlock;
