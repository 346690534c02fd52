namespace TransferLearning;

/// <summary>One evaluation on the validation set during training.</summary>
/// <param name="Step">After how many optimizer steps.</param>
/// <param name="Epoch">In or at the end of which epoch, from 1.</param>
/// <param name="Loss">The mean loss over the validation set.</param>
/// <param name="Score">How good the model is at its task; null where the loss says it.</param>
/// <param name="IsBest">Whether it was the best so far: a better score, or the same score or none and a smaller loss.</param>
public sealed record TrainingEvaluation(long Step, int Epoch, double Loss, Score? Score, bool IsBest);
