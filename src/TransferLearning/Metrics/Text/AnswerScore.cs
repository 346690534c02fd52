namespace TransferLearning;

/// <summary>How good answers are, by SQuAD's measures. Each from 0 to 1.</summary>
/// <param name="ExactMatch">The share of answers that equal a reference, case, punctuation and articles aside.</param>
/// <param name="F1">The mean over answers of the F1 of common words, each with its best reference.</param>
/// <param name="Count">How many answers there are.</param>
public sealed record AnswerScore(double ExactMatch, double F1, long Count);
