using System.Text;

namespace TransferLearning;

/// <summary>Candidates in the order of how well they suit a task, and what to do next.</summary>
public sealed class ModelRanking
{
    private const int LongestName = 28;
    private const double EnoughFit = 0.9; // chosen on the pairs of docs/choose-model.md

    private readonly ModelRankingOptions _options;
    private readonly double _largestShare;

    internal ModelRanking(IReadOnlyList<RankedModel> rows, LearningCurve? curve, RankingData data, ModelRankingOptions options)
    {
        (_options, _largestShare, Curve) = (options, data.LargestShare, curve);
        (SampleCount, DatasetCount, ClassCount) = (data.Sample.Count, data.Whole.Count, data.Occurring.Length);
        RankedModel[] ordered = [.. rows];
        Array.Sort(ordered, Compare);
        Rows = ordered;
        EmptyClasses = [.. data.Whole.ClassNames.Where((_, label) => Array.BinarySearch(data.Occurring, label) < 0)];
    }

    /// <summary>The candidates: the most accurate probe first, among equals the one with the higher LogME.</summary>
    public IReadOnlyList<RankedModel> Rows { get; }

    /// <summary>The first of <see cref="Rows"/>.</summary>
    public RankedModel Best => Rows[0];

    /// <summary>How the accuracy of the best candidate's probe grows with labelled samples; null where there are too few.</summary>
    public LearningCurve? Curve { get; }

    /// <summary>How many samples were looked at.</summary>
    public int SampleCount { get; }

    /// <summary>How many samples the data set has.</summary>
    public int DatasetCount { get; }

    /// <summary>How many classes have samples.</summary>
    public int ClassCount { get; }

    /// <summary>The classes of the data set that no sample has; they were left out.</summary>
    public IReadOnlyList<string> EmptyClasses { get; }

    /// <summary>Whether fine-tuning all weights is recommended, and not a probe alone: where the probe misses more than a tenth of the very
    /// samples that it was fitted to, so that the frozen features do not separate the classes.</summary>
    public bool RecommendsFineTuning => Best.ProbeTrainingAccuracy < EnoughFit;

    /// <summary>One standard error of the best probe's accuracy, as a share: what chance alone moves it by.</summary>
    public double StandardError
    {
        get
        {
            int measured = _options.Validation?.Count ?? Best.Count;
            return Math.Sqrt(Best.ProbeAccuracy * (1 - Best.ProbeAccuracy) / measured);
        }
    }

    /// <summary>What to do next, in sentences: which backbone, probe or fine-tune, how long on this machine, and what more labelled samples
    /// would bring. What is extrapolated is called that.</summary>
    public IReadOnlyList<string> Recommendation => [.. Backbone(), .. Method(), .. Time(), .. MoreSamples(), .. Notes()];

    /// <summary>How long a probe of all samples takes, features included: extrapolated from those looked at; null where the cache had
    /// all of these.</summary>
    public double? ProbeSeconds(RankedModel row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return row.FeatureSecondsPerSample is { } each ? DatasetCount * (each + (row.ScoreSeconds / row.Count)) : null;
    }

    /// <summary>How long fine-tuning on all samples takes for so many epochs: extrapolated from some timed steps, without evaluation; null
    /// where none were timed.</summary>
    public double? FineTuneSeconds(RankedModel row, int epochs)
    {
        ArgumentNullException.ThrowIfNull(row);
        return row.FineTuneSecondsPerSample * DatasetCount * epochs;
    }

    /// <summary>The table and the recommendation.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        string how = _options.Validation is { } validation
            ? $"{validation.Count} validation samples"
            : $"cross-validation in {_options.Folds} parts";
        text.Append(Line($"{Rows.Count} candidates on {SampleCount} of {DatasetCount} samples of {ClassCount} classes; "))
            .AppendLine(Line($"accuracies in % by {how}, one standard error is {100 * StandardError:F1}; ms a sample"));
        int width = Math.Clamp(Rows.Max(row => row.Name.Length), "candidate".Length, LongestName);
        text.AppendLine(
            "candidate".PadRight(width)
                + $"{"probe",7}{"ridge",7}{"k-NN",7}{"mean",7}{"LogME",9}{"LEEP",8}{"NCE",8}{"H",7}{"H reg",7}{"TransRate",11}{"GBC",9}"
                + $"{"features ms",13}{"training ms",13}{"scores s",10}");
        foreach (RankedModel row in Rows)
        {
            TransferabilityScores scores = row.Scores;
            string name = row.Name.Length > width ? $"{row.Name[..(width - 1)]}…" : row.Name.PadRight(width);
            text.Append(name)
                .Append(Line($"{100 * row.ProbeAccuracy,7:F1}{100 * row.RidgeAccuracy,7:F1}{100 * row.NeighborsAccuracy,7:F1}"))
                .Append(Line($"{100 * row.ClassMeanAccuracy,7:F1}{scores.LogMe,9:F3}{Optional(scores.Leep, 8, "F3")}"))
                .Append(Line($"{Optional(scores.Nce, 8, "F3")}{scores.HScore,7:F2}{scores.RegularizedHScore,7:F2}{scores.TransRate,11:F1}"))
                .Append(Line($"{scores.Separation,9:G3}{Optional(1000 * row.FeatureSecondsPerSample, 13, "F1")}"))
                .AppendLine(Line($"{Optional(1000 * row.FineTuneSecondsPerSample, 13, "F1")}{row.ScoreSeconds,10:F1}"));
        }

        text.AppendLine();
        return text.AppendJoin(Environment.NewLine, Recommendation).ToString();
    }

    /// <summary>Below 0 where the first is the better one.</summary>
    internal static int Compare(RankedModel first, RankedModel second)
    {
        int byAccuracy = second.ProbeAccuracy.CompareTo(first.ProbeAccuracy);
        return byAccuracy != 0 ? byAccuracy : second.Scores.LogMe.CompareTo(first.Scores.LogMe);
    }

    private IEnumerable<string> Backbone()
    {
        double margin = StandardError;
        if (Best.ProbeAccuracy < _largestShare + (2 * margin))
        {
            yield return Line(
                $"No candidate does better than always guessing the commonest class ({Percent(_largestShare)}): look at labels and ")
                + "preprocessing, or look for networks trained on something more like these samples.";
        }

        yield return Line($"Take '{Best.Name}': a linear probe on its features is right for {Percent(Best.ProbeAccuracy)} of samples ")
            + Line($"it was not fitted to (± {100 * margin:F1}).");
        RankedModel[] close = [.. Rows.Skip(1).Where(row => row.ProbeAccuracy > Best.ProbeAccuracy - margin)];
        if (close.Length > 0)
        {
            yield return $"Within that error lie {string.Join(", ", close.Select(row => $"'{row.Name}'"))}: "
                + "the order among these may be chance.";
        }

        if (close.Where(row => Cost(row) < Cost(Best) / 1.5).MinBy(Cost) is { } cheaper)
        {
            yield return Line($"Of them '{cheaper.Name}' needs {Cost(Best) / Cost(cheaper):F1} times less time for a sample.");
        }
    }

    private IEnumerable<string> Method()
    {
        string fit = Percent(Best.ProbeTrainingAccuracy);
        yield return RecommendsFineTuning
            ? $"Fine-tune it: the probe is right for no more than {fit} of the samples it was fitted to, so the frozen features do not "
                + "separate the classes. A rule of thumb: compare with the probe on samples held out."
            : $"Begin with the probe: it is right for {fit} of the samples it was fitted to, so the frozen features separate the classes, "
                + "and fine-tuning may lose. A rule of thumb: compare both on samples held out.";
    }

    private IEnumerable<string> Time()
    {
        if (ProbeSeconds(Best) is { } probe)
        {
            yield return Line($"On this machine the probe of all {DatasetCount} samples takes about {Duration(probe)}, extrapolated from ")
                + $"{Best.Count} samples.";
        }

        if (FineTuneSeconds(Best, _options.Epochs) is { } tune)
        {
            yield return Line($"Fine-tuning takes about {Duration(tune)} for {_options.Epochs} epochs, extrapolated from ")
                + $"{_options.TimedSteps} timed steps, without evaluation.";
        }
    }

    private IEnumerable<string> MoreSamples()
    {
        if (Curve is null)
        {
            yield return "There are too few samples for a learning curve, so what more of them would bring is not known.";
            yield break;
        }

        int most = Curve.Points[^1].Count;
        (ExtrapolatedAccuracy twice, ExtrapolatedAccuracy fourfold) = (Curve.At(2 * most), Curve.At(4 * most));
        yield return Line($"Fitted to {Curve.Points[0].Count} to {most} samples the probe's accuracy grows from ")
            + Line($"{Percent(Curve.Points[0].Accuracy)} to {Percent(Curve.Points[^1].Accuracy)}. By a power law it would be ")
            + Line($"{Shown(twice)} with {twice.Count} labelled samples and {Shown(fourfold)} with {fourfold.Count}: ")
            + "extrapolated, not measured.";
    }

    private IEnumerable<string> Notes()
    {
        if (EmptyClasses.Count > 0)
        {
            yield return $"Without a sample, and left out: {Dataset.Shown(EmptyClasses)}.";
        }

        foreach (RankedModel row in Rows.Where(row => row.Skipped > 0))
        {
            yield return $"Of '{row.Name}' {row.Skipped} damaged samples were skipped.";
        }

        foreach (IGrouping<string, RankedModel> rows in Rows.Where(row => row.Note is not null).GroupBy(row => row.Note!))
        {
            yield return $"No time of fine-tuning for {string.Join(", ", rows.Select(row => $"'{row.Name}'"))}: {rows.Key}.";
        }
    }

    private static double? Cost(RankedModel row) => row.FineTuneSecondsPerSample ?? row.FeatureSecondsPerSample;

    private static string Shown(ExtrapolatedAccuracy accuracy)
        => Line($"{Percent(accuracy.Accuracy)} ({100 * accuracy.Low:F1} to {100 * accuracy.High:F1})");

    private static string Percent(double share) => Line($"{100 * share:F1} %");

    private static string Duration(double seconds) => seconds switch
    {
        < 1 => "a second",
        < 120 => Line($"{seconds:F0} seconds"),
        < 7200 => Line($"{seconds / 60:F0} minutes"),
        _ => Line($"{seconds / 3600:F1} hours"),
    };

    private static string Optional(double? number, int width, string format)
        => (number?.ToString(format, CultureInfo.InvariantCulture) ?? "-").PadLeft(width);

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
