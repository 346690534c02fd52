namespace TransferLearning;

/// <summary>How well a language model predicts tokens.</summary>
/// <param name="Perplexity">e to the mean loss of the tokens that were to be predicted; 1 is perfect.</param>
/// <param name="TokenAccuracy">The share of tokens predicted correctly.</param>
public sealed record LanguageReport(double Perplexity, double TokenAccuracy) : TaskReport
{
    /// <inheritdoc/>
    public override Score? Score => double.IsFinite(Perplexity) ? new Score("perplexity", Perplexity, IsHigherBetter: false) : null;

    /// <inheritdoc/>
    public override double? CorrectShare => TokenAccuracy;

    /// <inheritdoc/>
    public override string ToString()
        => string.Create(CultureInfo.InvariantCulture, $"perplexity {Perplexity:G5}, token accuracy {TokenAccuracy:P1}");
}
