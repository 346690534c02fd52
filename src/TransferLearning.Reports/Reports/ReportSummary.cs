namespace TransferLearning.Reports;

/// <summary>What stands out, in sentences.</summary>
internal static class ReportSummary
{
    private const int FewSamples = 30;
    private const double ClearlyMore = 0.08;

    /// <summary>The score in a few words.</summary>
    public static string ScoreOf(EvaluationResult result) => result switch
    {
        { Task: ClassificationReport } => string.Create(CultureInfo.InvariantCulture, $"{result.Accuracy:P1} correct"),
        { Score: { } score } => score.ToString(),
        _ => string.Create(CultureInfo.InvariantCulture, $"loss {result.Loss:G4}"),
    };

    /// <summary>The two classes that are taken for each other most, and how often; null without mistakes.</summary>
    public static (int One, int Two, long Count)? MostConfusedPair(ClassificationReport report)
    {
        (int, int, long)? most = null;
        for (int one = 0; one < report.Classes.Count; one++)
        {
            for (int two = one + 1; two < report.Classes.Count; two++)
            {
                long count = report.Confusion[one, two] + report.Confusion[two, one];
                most = count > (most?.Item3 ?? 0) ? (one, two, count) : most;
            }
        }

        return most;
    }

    /// <summary>All sentences, the most important first.</summary>
    public static IReadOnlyList<string> Of(ReportData data)
    {
        EvaluationResult result = data.Evaluation;
        List<string?> lines = [];
        if (result.Task is ClassificationReport report)
        {
            lines.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{report.Confusion.Correct:N0} of {report.SampleCount:N0} samples are predicted correctly: {report.Accuracy:P1} "
                    + $"(95 % interval {report.AccuracyInterval.Lower:P1} to {report.AccuracyInterval.Upper:P1})."));
            lines.Add(WrongLabels(data));
            lines.Add(Pair(data, report));
            lines.Add(Surplus(report));
            lines.Add(Weakest(report));
            lines.Add(Small(report));
        }
        else
        {
            lines.Add(string.Create(
                CultureInfo.InvariantCulture, $"{result.Count:N0} samples were evaluated: {ScoreOf(result)}, loss {result.Loss:G4}."));
        }

        lines.Add(Leaks(data));
        lines.Add(Duplicates(data));
        lines.Add(TrainingLabels(data));
        lines.Add(Overfitting(data.History));
        lines.Add(result.Skipped.Count == 0
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"{result.Skipped.Count:N0} samples could not be read and were skipped."));
        lines.Add(result.TruncatedSamples == 0
            ? null
            : string.Create(
                CultureInfo.InvariantCulture, $"{result.TruncatedSamples:N0} samples were longer than the model takes and were cut."));
        return [.. lines.OfType<string>()];
    }

    private static string? WrongLabels(ReportData data)
    {
        HashSet<int> doubted =
        [
            .. (data.Findings ?? (IEnumerable<Finding>)[])
                .Where(finding => finding.Kind is FindingKind.LabelError or FindingKind.LabelConflict)
                .Select(finding => finding.Index)
        ];
        if (doubted.Count == 0 || data.Evaluation.Samples is not { } samples)
        {
            return null;
        }

        int mistakes = 0, kept = 0, correct = 0;
        for (int place = 0; place < samples.Count; place++)
        {
            bool isCorrect = samples.Outcomes[place].IsCorrect == true, isDoubted = doubted.Contains(samples.Indices[place]);
            mistakes += isDoubted && !isCorrect ? 1 : 0;
            kept += isDoubted ? 0 : 1;
            correct += isCorrect && !isDoubted ? 1 : 0;
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Samples(doubted.Count)} of the evaluated ones may have the wrong label, and {mistakes:N0} of them count as mistakes of the "
                + $"model. Look at them under Data before you believe it, as a probe on the same features says so: without them "
                + $"{(kept == 0 ? 0 : correct / (double)kept):P1} would be correct.");
    }

    private static string? Pair(ReportData data, ClassificationReport report)
    {
        if (MostConfusedPair(report) is not var (one, two, count))
        {
            return null;
        }

        long wrong = report.SampleCount - report.Confusion.Correct;
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"{Name(report, one)} and {Name(report, two)} are taken for each other most: {count:N0} times, "
                + $"{count / (double)wrong:P0} of all {wrong:N0} mistakes.");
        double[] shares = [.. data.PairMistakes.Select(mistake => mistake.BorderShare).OfType<double>()];
        return shares.Length > 0 && shares.Average() > MistakeGallery.EvenShare + ClearlyMore
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{text} In {shares.Length:N0} of these the model looks at the border of the image more than at its middle "
                    + $"({shares.Average():P0} of the attribution; {MistakeGallery.EvenShare:P0} would be even): look whether the two "
                    + $"classes share a background.")
            : text;
    }

    private static string? Surplus(ClassificationReport report)
    {
        if (report.Scores?.Calibration is not { ExpectedError: > 0.05 } calibration)
        {
            return null;
        }

        double confidence = calibration.Bins.Sum(bin => bin.Count * (bin.Confidence ?? 0)) / report.SampleCount;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"The model is {(confidence > report.Accuracy ? "overconfident" : "underconfident")}: {confidence:P1} "
                + $"sure in the mean, {report.Accuracy:P1} correct (expected calibration error {calibration.ExpectedError:P1}).");
    }

    private static string? Weakest(ClassificationReport report)
    {
        ClassMetrics[] present = [.. report.Classes.Where(one => one.Support > 0)];
        ClassMetrics? weakest = present.MinBy(one => one.Recall);
        return weakest is null || present.Length < 2 || weakest.Recall > report.Accuracy - 0.1
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"The weakest class is {SafeText.Printable(weakest.Name)}: {weakest.Recall:P0} of its {weakest.Support:N0} samples "
                    + $"are found.");
    }

    private static string? Small(ClassificationReport report)
    {
        int small = report.Classes.Count(one => one.Support is > 0 and < FewSamples);
        int empty = report.Classes.Count(one => one.Support == 0);
        string? few = small == 0
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{Classes(small)} {(small == 1 ? "has" : "have")} fewer than {FewSamples} evaluated samples: what is said of "
                    + $"single classes is rough.");
        return empty == 0
            ? few
            : $"{few} {Classes(empty)} {(empty == 1 ? "has" : "have")} no evaluated sample.".Trim();
    }

    private static string? Leaks(ReportData data) => Of(data.TrainingFindings, FindingKind.Leak) is > 0 and int leaks
        ? $"{Samples(leaks)} of the training ones are among the evaluated ones too, or nearly the same is: the score is better than it "
            + "would be on new samples."
        : null;

    private static string? Duplicates(ReportData data)
    {
        int all = Of(data.Findings, FindingKind.ExactDuplicate, FindingKind.NearDuplicate);
        return all == 0
            ? null
            : $"{Samples(all)} of the evaluated ones are like an earlier one, and count twice.";
    }

    private static string? TrainingLabels(ReportData data)
        => Of(data.TrainingFindings, FindingKind.LabelError, FindingKind.LabelConflict) is > 0 and int wrong
            ? $"{Samples(wrong)} of the training ones may have the wrong label: look at them under Data."
            : null;

    private static string? Overfitting(TrainingHistory? history)
    {
        if (history?.Epochs is not [_, .., { ValidationLoss: { } last } end])
        {
            return null;
        }

        EpochResult best = history.Epochs.Where(epoch => epoch.ValidationLoss is not null).MinBy(epoch => epoch.ValidationLoss)!;
        return last > 1.1 * best.ValidationLoss && end.Loss < best.Loss
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"After epoch {best.Epoch} the validation loss rose from {best.ValidationLoss:G3} to {last:G3} while the training "
                    + $"loss fell: the model overfits.")
            : null;
    }

    private static int Of(AuditFindings? findings, params FindingKind[] kinds)
        => findings?.Where(finding => kinds.Contains(finding.Kind)).Select(finding => finding.Index).Distinct().Count() ?? 0;

    private static string Name(ClassificationReport report, int number) => SafeText.Printable(report.Classes[number].Name);

    private static string Samples(int count) => Counted(count, "sample", "samples");

    private static string Classes(int count) => Counted(count, "class", "classes");

    private static string Counted(int count, string one, string more)
        => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? one : more)}");
}
