namespace TransferLearning;

/// <summary>Precision, recall and F1 averaged over classes.</summary>
/// <param name="Precision">The mean precision.</param>
/// <param name="Recall">The mean recall.</param>
/// <param name="F1">The mean F1 (not the F1 of the means).</param>
public sealed record AveragedMetrics(double Precision, double Recall, double F1)
{
    /// <summary>The weighted mean; 0 where the weights have no sum.</summary>
    internal static AveragedMetrics Of<T>(IReadOnlyCollection<T> classes, Func<T, PrecisionRecall> metrics, Func<T, double> weight)
    {
        double total = classes.Sum(weight);
        double Mean(Func<PrecisionRecall, double> part) => total > 0 ? classes.Sum(item => weight(item) * part(metrics(item))) / total : 0;
        return new AveragedMetrics(Mean(item => item.Precision), Mean(item => item.Recall), Mean(item => item.F1));
    }
}
