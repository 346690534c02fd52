namespace TransferLearning;

/// <summary>Precision, recall and F1 averaged over classes.</summary>
/// <param name="Precision">The mean precision.</param>
/// <param name="Recall">The mean recall.</param>
/// <param name="F1">The mean F1 (not the F1 of the means).</param>
public sealed record AveragedMetrics(double Precision, double Recall, double F1);
