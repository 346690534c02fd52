namespace TransferLearning.Reports;

/// <summary>An image.</summary>
/// <param name="Name">The name of its file, without ending.</param>
/// <param name="Png">A PNG file.</param>
/// <param name="Description">What it shows, for whoever does not see it.</param>
/// <param name="Caption">What stands below it.</param>
internal sealed record ImageBlock(string Name, ReadOnlyMemory<byte> Png, string Description, string Caption) : ReportBlock;
