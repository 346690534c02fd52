namespace TransferLearning;

/// <summary>
/// How well a classifier does whose samples may have several labels at once; a label is predicted where its probability is above one half.
/// </summary>
/// <param name="Labels">The measures of each label.</param>
/// <param name="ExactMatch">The share of samples of which every label was predicted correctly.</param>
/// <param name="MicroF1">F1 over all decisions together; 0 where no label holds or was predicted.</param>
/// <param name="MacroF1">The mean of the labels' F1.</param>
/// <param name="MeanAveragePrecision">The mean of the labels' average precisions, where they are defined; null when none is.</param>
/// <param name="Count">How many samples there were.</param>
public sealed record MultiLabelReport(
    IReadOnlyList<ClassMetrics> Labels, double ExactMatch, double MicroF1, double MacroF1, double? MeanAveragePrecision,
    long Count) : TaskReport
{
    /// <inheritdoc/>
    public override Score? Score
        => MeanAveragePrecision is { } mean ? new Score("mean average precision", mean) : new Score("micro F1", MicroF1);

    /// <inheritdoc/>
    public override double? CorrectShare => ExactMatch;

    /// <inheritdoc/>
    public override string ToString()
    {
        StringBuilder text = new();
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"{Count} samples: exact match {ExactMatch:P1}, micro F1 {MicroF1:F3}, macro F1 {MacroF1:F3}, mean average precision "
                + $"{MeanAveragePrecision:F3}");
        foreach (ClassMetrics label in Labels)
        {
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"  {label.Name,-20} precision {label.Precision:F3}  recall {label.Recall:F3}  F1 {label.F1:F3}  average precision "
                    + $"{label.AveragePrecision:F3}  ({label.Support})");
        }

        return text.ToString().TrimEnd();
    }
}
