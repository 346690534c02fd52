namespace TransferLearning;

/// <summary>How well one class was recognised among the others. A quotient with the divisor 0 counts as 0.</summary>
/// <param name="Name">The name of the class.</param>
/// <param name="Support">How many samples are of the class.</param>
/// <param name="Predicted">How many samples were taken for it.</param>
/// <param name="Precision">What share of those taken for it are of it.</param>
/// <param name="Recall">What share of those of it were taken for it.</param>
/// <param name="F1">The harmonic mean of precision and recall.</param>
/// <param name="RocAuc">The chance that a sample of the class has a larger score for it than a sample of another class, ties counting half;
/// null when one of the two kinds is missing or the scores were not kept.</param>
/// <param name="AveragePrecision">The area under the steps of precision over recall, equal scores as one threshold; null without a sample
/// of the class or without kept scores.</param>
public sealed record ClassMetrics(
    string Name, long Support, long Predicted, double Precision, double Recall, double F1, double? RocAuc, double? AveragePrecision);
