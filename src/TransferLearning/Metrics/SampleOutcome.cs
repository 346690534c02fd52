namespace TransferLearning;

/// <summary>What became of one sample in an evaluation: the row of <c>SamplePredictions</c>.</summary>
/// <param name="Label">The true class; -1 for a task without exactly one.</param>
/// <param name="Predicted">The predicted class; -1 for a task without exactly one.</param>
/// <param name="Score">How sure the model was of what it predicted, 0 to 1; of a regression the predicted number.</param>
/// <param name="Loss">The loss of the sample alone: the negative natural logarithm of the true class's probability; of several labels the
/// mean over them, of a number the squared error.</param>
/// <param name="IsCorrect">Whether the prediction is right, in every label; null where that has no meaning.</param>
public readonly record struct SampleOutcome(int Label, int Predicted, float Score, float Loss, bool? IsCorrect);
