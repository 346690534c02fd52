namespace TransferLearning;

/// <summary>The accuracy of a probe that was fitted to some of the samples.</summary>
/// <param name="Count">To how many.</param>
/// <param name="Accuracy">The mean share of other samples that it predicts correctly, 0 to 1.</param>
/// <param name="StandardError">The standard error of that mean over the divisions.</param>
public sealed record LearningCurvePoint(int Count, double Accuracy, double StandardError);
