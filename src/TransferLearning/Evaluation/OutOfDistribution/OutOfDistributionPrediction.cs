namespace TransferLearning;

/// <summary>Whether one input is of the kind that a model was trained on.</summary>
/// <param name="Item">Which input: a path, usually.</param>
/// <param name="Score">How much it is like the training samples; on the scale of the method.</param>
/// <param name="IsOutside">Whether the score is below the threshold: a prediction for it means little.</param>
public sealed record OutOfDistributionPrediction(string Item, double Score, bool IsOutside);
