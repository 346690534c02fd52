namespace TransferLearning;

/// <summary>How far an audit is.</summary>
/// <param name="Step">What is being done: reading samples, features, labels, neighbours.</param>
/// <param name="Done">How many samples that step has done.</param>
/// <param name="Total">How many there are.</param>
public sealed record AuditProgress(string Step, int Done, int Total);
