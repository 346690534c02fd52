namespace TransferLearning;

/// <summary>How well a model does on a set of samples.</summary>
/// <param name="Report">Accuracy, top-k, confusion matrix, precision, recall, F1 and more.</param>
/// <param name="Loss">The mean cross-entropy.</param>
/// <param name="Count">How many samples were judged.</param>
/// <param name="SkippedSamples">How many damaged samples were passed over, where the caller allowed that.</param>
/// <param name="Seconds">How long it took.</param>
public sealed record EvaluationResult(ClassificationReport Report, double Loss, int Count, long SkippedSamples, double Seconds)
{
    /// <summary>The share of samples whose class was predicted, 0 to 1.</summary>
    public double Accuracy => Report.Accuracy;

    /// <inheritdoc/>
    public override string ToString() => Report.ToString();
}
