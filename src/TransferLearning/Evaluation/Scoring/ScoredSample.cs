namespace TransferLearning;

/// <summary>What a model says about one sample: a row of a file of scores.</summary>
/// <param name="Index">Its number in the data set.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Values">A probability for each class or label, the predicted number, or the features.</param>
public sealed record ScoredSample(int Index, string Name, IReadOnlyList<float> Values);
