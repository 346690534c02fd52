namespace TransferLearning;

/// <summary>Where a ranking is, reported with each batch of features.</summary>
/// <param name="Candidate">The number of the candidate, from 1.</param>
/// <param name="Candidates">How many there are.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Samples">Of how many samples the features are computed.</param>
/// <param name="OfSamples">Of how many they are wanted.</param>
public sealed record ModelRankingProgress(int Candidate, int Candidates, string Name, int Samples, int OfSamples);
