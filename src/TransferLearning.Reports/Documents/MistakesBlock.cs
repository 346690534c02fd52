namespace TransferLearning.Reports;

/// <summary>Samples that were predicted wrongly, with what can be shown of them.</summary>
/// <param name="Mistakes">The samples.</param>
internal sealed record MistakesBlock(IReadOnlyList<Mistake> Mistakes) : ReportBlock;
