namespace TransferLearning;

/// <summary>One step of a learning-rate search.</summary>
/// <param name="LearningRate">The rate of the step.</param>
/// <param name="Loss">The loss of its batch, before the step.</param>
/// <param name="SmoothedLoss">The running mean of losses up to here, corrected for its start at 0.</param>
public sealed record LearningRatePoint(double LearningRate, double Loss, double SmoothedLoss);
