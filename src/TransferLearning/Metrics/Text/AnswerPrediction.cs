namespace TransferLearning;

/// <summary>The part of a text that a model takes for the answer to a question.</summary>
/// <param name="Text">The answer as it stands in the text.</param>
/// <param name="Start">Where it begins there, in characters (UTF-16 code units).</param>
/// <param name="Score">The sum of the logits of its first and last token; higher means more confident.</param>
/// <param name="NoAnswerScore">The same for "the text does not answer this"; above <paramref name="Score"/> the model takes the question
/// for unanswerable.</param>
public sealed record AnswerPrediction(string Text, int Start, double Score, double NoAnswerScore);
