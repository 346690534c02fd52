namespace TransferLearning;

/// <summary>What the scores themselves are worth, beyond which of them is the largest.</summary>
/// <param name="LogLoss">The mean negative natural logarithm of the true class's score; scores are kept 2^-52 away from 0 and 1, and rows
/// divided by their sum.</param>
/// <param name="Brier">The mean over samples of the sum over classes of (score - truth)²; from 0 to 2 for probabilities.</param>
/// <param name="BrierBinary">With two classes, the mean of (score of class 1 - truth)²; else null.</param>
/// <param name="Calibration">Whether the scores can be believed.</param>
/// <param name="MacroRocAuc">The mean of the classes' areas under the ROC curve, where they are defined; null when none is.</param>
/// <param name="WeightedRocAuc">The same, weighted by the classes' counts.</param>
/// <param name="MacroAveragePrecision">The mean of the classes' average precisions, where they are defined; null when none is.</param>
/// <param name="WeightedAveragePrecision">The same, weighted by the classes' counts.</param>
public sealed record ScoreMetrics(
    double LogLoss, double Brier, double? BrierBinary, Calibration Calibration, double? MacroRocAuc, double? WeightedRocAuc,
    double? MacroAveragePrecision, double? WeightedAveragePrecision);
