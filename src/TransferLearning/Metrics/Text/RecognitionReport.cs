namespace TransferLearning;

/// <summary>How well speech is recognised.</summary>
/// <param name="Words">The errors in words; their rate is the word error rate.</param>
/// <param name="Characters">The errors in characters; their rate is the character error rate.</param>
public sealed record RecognitionReport(ErrorCounts Words, ErrorCounts Characters) : TaskReport
{
    /// <inheritdoc/>
    public override Score? Score => Words.Rate is { } rate ? new Score("word error rate", rate, IsHigherBetter: false) : null;

    /// <inheritdoc/>
    public override string ToString()
        => string.Create(
            CultureInfo.InvariantCulture,
            $"word error rate {Words.Rate ?? 0:P1} of {Words.ReferenceUnits} words, character error rate {Characters.Rate ?? 0:P1}");
}
