namespace TransferLearning;

/// <summary>How much of a reference a summary holds, and how much of the summary is in the reference. Each from 0 to 1.</summary>
/// <param name="Precision">The share of the summary.</param>
/// <param name="Recall">The share of the reference.</param>
/// <param name="F1">The harmonic mean of both; 0 where both are.</param>
public sealed record RougeScore(double Precision, double Recall, double F1)
{
    internal static RougeScore Of(long common, long hypothesis, long reference)
    {
        PrecisionRecall metrics = PrecisionRecall.Of(common, hypothesis, reference);
        return new RougeScore(metrics.Precision, metrics.Recall, metrics.F1);
    }
}
