namespace TransferLearning;

/// <summary>A strength of the penalty that a probe tried on samples it was not fitted to.</summary>
/// <param name="Strength">The strength, in the probe's own terms: <see cref="LogisticProbe.C"/>, <see cref="RidgeProbe.Alpha"/>.</param>
/// <param name="Loss">The mean loss on the samples held out: cross entropy, or the squared error of a ridge.</param>
/// <param name="Accuracy">The share of held-out samples that were predicted correctly, 0 to 1; null for regression.</param>
public sealed record ProbeCandidate(double Strength, double Loss, double? Accuracy);
