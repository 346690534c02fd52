namespace TransferLearning;

/// <summary>A question and the text that it is to be answered from by a part of it.</summary>
/// <param name="Question">The question.</param>
/// <param name="Context">The text that holds the answer.</param>
/// <param name="Answers">
/// The answers given by people, the first one to be learned; none if the text does not answer the question.
/// </param>
public sealed record QuestionContent(string Question, string Context, IReadOnlyList<TextAnswer> Answers) : SampleContent;
