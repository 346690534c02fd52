namespace TransferLearning;

/// <summary>What greedy k-centre chose.</summary>
/// <param name="Order">The samples in the order of choice.</param>
/// <param name="Radii">After each choice the largest Euclidean distance of any sample to the nearest chosen one.</param>
public sealed record KCentreSelection(IReadOnlyList<int> Order, IReadOnlyList<double> Radii);
