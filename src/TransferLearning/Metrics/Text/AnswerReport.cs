namespace TransferLearning;

/// <summary>How well answers are found in texts.</summary>
/// <param name="Answers">Exact match and F1 of the answers' words.</param>
/// <param name="CorrectSpans">The share of questions whose first and last token were both predicted in the window that is learned
/// from.</param>
public sealed record AnswerReport(AnswerScore Answers, double CorrectSpans) : TaskReport
{
    /// <inheritdoc/>
    public override Score? Score => new("answer F1", Answers.F1);

    /// <inheritdoc/>
    public override double? CorrectShare => CorrectSpans;
}
