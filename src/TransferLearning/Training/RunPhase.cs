namespace TransferLearning;

/// <summary>Where in a recipe a run is.</summary>
/// <param name="Words">What a checkpoint must have in common with it; null without a recipe.</param>
/// <param name="IsOneOfSeveral">Whether there are other phases.</param>
/// <param name="Start">How good the weights are that it begins with, where that is known.</param>
internal sealed record RunPhase(string? Words, bool IsOneOfSeveral, (double Loss, Score? Score)? Start = null);
