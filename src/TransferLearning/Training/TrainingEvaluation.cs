namespace TransferLearning;

/// <summary>One look at the validation set during training.</summary>
/// <param name="Step">After how many optimiser steps.</param>
/// <param name="Epoch">In or at the end of which epoch, from 1.</param>
/// <param name="Loss">The mean loss over the validation set.</param>
/// <param name="Accuracy">The share of validation samples classified rightly, 0 to 1; not a number where there is no right and wrong.</param>
/// <param name="IsBest">Whether it was the best so far: larger accuracy, or the same accuracy and a smaller loss.</param>
public sealed record TrainingEvaluation(long Step, int Epoch, double Loss, double Accuracy, bool IsBest);
