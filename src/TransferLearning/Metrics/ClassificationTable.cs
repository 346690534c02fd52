namespace TransferLearning;

/// <summary>Writes a <see cref="ClassificationReport"/> as text.</summary>
internal static class ClassificationTable
{
    private const int LongestName = 40;

    /// <summary>A table of the classes and the averages, and the single numbers below it.</summary>
    public static string Write(ClassificationReport report)
    {
        StringBuilder text = new();
        int width = Math.Max("weighted avg".Length, report.Classes.Max(c => Math.Min(c.Name.Length, LongestName)));
        Line(text, width, "", "precision", "recall", "f1-score", "support");
        text.Append('\n');
        foreach (ClassMetrics c in report.Classes)
        {
            Line(text, width, c.Name, Number(c.Precision), Number(c.Recall), Number(c.F1), Count(c.Support));
        }

        text.Append('\n');
        string samples = Count(report.SampleCount);
        Line(text, width, "accuracy", "", "", Number(report.Accuracy), samples);
        (string Name, AveragedMetrics Mean)[] averages = [("macro avg", report.Macro), ("weighted avg", report.Weighted)];
        foreach ((string name, AveragedMetrics mean) in averages)
        {
            Line(text, width, name, Number(mean.Precision), Number(mean.Recall), Number(mean.F1), samples);
        }

        text.Append('\n');
        Single(text, "accuracy, 95 % interval", $"{Number(report.AccuracyInterval.Lower)} to {Number(report.AccuracyInterval.Upper)}");
        Single(text, "balanced accuracy", Number(report.BalancedAccuracy));
        Single(text, "Cohen's kappa", Number(report.CohenKappa));
        Single(text, "Matthews correlation", Number(report.MatthewsCorrelation));
        if (report.Scores is { } scores)
        {
            if (report.Classes.Count > 5)
            {
                Single(text, "top-5 accuracy", Number(report.TopKAccuracy(5)));
            }

            Single(text, "ROC AUC, macro", Number(scores.MacroRocAuc));
            Single(text, "log loss", Number(scores.LogLoss));
            Single(text, "calibration error", Number(scores.Calibration.ExpectedError));
        }

        return text.ToString();
    }

    private static void Line(StringBuilder text, int width, string name, params ReadOnlySpan<string> cells)
    {
        text.Append((name.Length > LongestName ? string.Concat(name.AsSpan(0, LongestName - 1), "…") : name).PadLeft(width));
        foreach (string cell in cells)
        {
            text.Append(' ').Append(cell.PadLeft(10));
        }

        text.Append('\n');
    }

    private static void Single(StringBuilder text, string name, string value) => text.Append(name).Append(": ").Append(value).Append('\n');
    private static string Number(double? value) => value?.ToString("F4", CultureInfo.InvariantCulture) ?? "undefined";
    private static string Count(long value) => value.ToString(CultureInfo.InvariantCulture);
}
