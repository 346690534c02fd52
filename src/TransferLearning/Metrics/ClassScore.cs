namespace TransferLearning;

/// <summary>How sure a model is of one class.</summary>
/// <param name="Class">The class number.</param>
/// <param name="Name">The class name.</param>
/// <param name="Probability">From 0 to 1; those of all classes add up to 1.</param>
public sealed record ClassScore(int Class, string Name, double Probability);
