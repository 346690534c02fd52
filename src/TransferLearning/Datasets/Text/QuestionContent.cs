namespace TransferLearning;

/// <summary>A question and the text that it is to be answered from by a part of it; <see cref="AnswersTarget"/> has the answers.</summary>
/// <param name="Question">The question.</param>
/// <param name="Context">The text that holds the answer.</param>
public sealed record QuestionContent(string Question, string Context) : SampleContent
{
    /// <inheritdoc/>
    protected internal override ReadOnlyMemory<byte> ToBytes() => ContentBytes.Join([nameof(QuestionContent), Question, Context]);
}
