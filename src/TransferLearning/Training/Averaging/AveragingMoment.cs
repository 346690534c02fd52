namespace TransferLearning;

/// <summary>When in a run an average is asked, after an optimizer step.</summary>
/// <param name="Updates">How often weights have been taken in.</param>
/// <param name="Epoch">The epoch, from 0.</param>
/// <param name="StepInEpoch">The step's number in it, from 0.</param>
/// <param name="Pace">How long epochs and the run are.</param>
internal readonly record struct AveragingMoment(long Updates, int Epoch, int StepInEpoch, AveragingPace Pace);
