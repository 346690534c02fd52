namespace TransferLearning;

/// <summary>What <see cref="ModelAdvisor.Rank"/> found out about one candidate.</summary>
/// <param name="Name">What the candidate is called.</param>
/// <param name="Architecture">The architecture's name.</param>
/// <param name="Parameters">How many parameters the network has.</param>
/// <param name="Width">How many features it gives for a sample.</param>
/// <param name="Scores">The scores that need no training.</param>
/// <param name="ProbeAccuracy">The share of samples, 0 to 1, that a linear probe which was not fitted to them predicts correctly: on the
/// validation data, or by cross-validation with the strength that does best in it.</param>
/// <param name="ProbeTrainingAccuracy">The same for the samples that it was fitted to.</param>
/// <param name="ProbeStrength">The probe's <see cref="LogisticProbe.C"/>.</param>
/// <param name="RidgeAccuracy">The same as <paramref name="ProbeAccuracy"/> for a ridge, each sample left out once.</param>
/// <param name="NeighborsAccuracy">The same for the nearest neighbours, each sample left out once.</param>
/// <param name="ClassMeanAccuracy">The same for the nearest class mean, by cross-validation.</param>
/// <param name="Count">How many samples were looked at.</param>
/// <param name="Skipped">How many were damaged and skipped, where the options allow that.</param>
/// <param name="LoadSeconds">How long making the model took.</param>
/// <param name="FeatureSeconds">How long its features took; little where a cache had them.</param>
/// <param name="ScoreSeconds">How long all scores and classifiers on the features took.</param>
/// <param name="FeatureSecondsPerSample">What one sample's features took, measured on those that were computed; null where the cache had
/// all.</param>
/// <param name="FineTuneSecondsPerSample">What one sample takes in a step of training all weights, measured in a few steps; null where none
/// were timed.</param>
/// <param name="Note">Why something could not be measured; null where all could.</param>
public sealed record RankedModel(
    string Name,
    string Architecture,
    long Parameters,
    int Width,
    TransferabilityScores Scores,
    double ProbeAccuracy,
    double ProbeTrainingAccuracy,
    double ProbeStrength,
    double RidgeAccuracy,
    double NeighborsAccuracy,
    double ClassMeanAccuracy,
    int Count,
    int Skipped,
    double LoadSeconds,
    double FeatureSeconds,
    double ScoreSeconds,
    double? FeatureSecondsPerSample,
    double? FineTuneSecondsPerSample,
    string? Note)
{
    /// <summary>How long the candidate took in all, without timed steps of training.</summary>
    public double Seconds => LoadSeconds + FeatureSeconds + ScoreSeconds;
}
