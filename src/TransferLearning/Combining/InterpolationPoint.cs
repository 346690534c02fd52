namespace TransferLearning;

/// <summary>How good a model is between two others.</summary>
/// <param name="Alpha">The share of the later one's weights.</param>
/// <param name="Result">What it reaches.</param>
public sealed record InterpolationPoint(double Alpha, EvaluationResult Result);
