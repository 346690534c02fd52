namespace TransferLearning.Reports;

/// <summary>Lays out what was computed: the same sections for every form of the report.</summary>
internal static class ReportSections
{
    private const int MostFindings = 25;
    private const int MostEpochs = 50;

    public static IReadOnlyList<ReportSection> Of(ReportData data, IReadOnlyList<string> classNames) =>
    [
        .. new[]
        {
            Confusion(data),
            new ReportSection("mistakes", "Worst mistakes", [.. Mistakes(data)]),
            new ReportSection("data", "Data", [.. Findings(data)]),
            new ReportSection("curves", "Training curves", [.. Curves(data.History)]),
            Reliability(data),
            new ReportSection("map", "Map of the features", [.. Maps(data, classNames)]),
            new ReportSection("model", "Model, training and cost", [.. Model(data)]),
            new ReportSection("left-out", "Left out", data.LeftOut.Count == 0 ? [] : [new ListBlock(data.LeftOut)]),
        }.Where(section => section.Blocks.Count > 0)
    ];

    private static ReportSection Confusion(ReportData data)
    {
        if (data.Evaluation.Task is not ClassificationReport report)
        {
            return new ReportSection("result", "Result", [new TextBlock(SafeText.Printable(data.Evaluation.ToString()))]);
        }

        List<ReportBlock> blocks = [];
        if (report.Classes.Count <= data.MaximumClasses)
        {
            blocks.Add(Matrix(report));
        }

        blocks.Add(new PlotBlock("confusion", options => ConfusionFigure.Of(report, options), "How often each class was taken for each.")
        {
            HasTable = true,
        });
        IReadOnlyList<ConfusedPair> pairs = report.MostConfused(data.MaximumClasses);
        if (pairs.Count > 0)
        {
            blocks.Add(new TableBlock(
                "The largest confusions",
                ["true class", "predicted as", "samples", "share of the true class"],
                [
                    .. pairs.Select(pair => new[]
                    {
                        Clean(pair.LabelName), Clean(pair.PredictedName), Whole(pair.Count), Percent(pair.Share),
                    })
                ]));
        }

        ClassMetrics[] classes = [.. report.Classes.OrderBy(one => one.F1).Take(data.MaximumClasses)];
        blocks.Add(ClassTable(report, classes));
        blocks.Add(TableBlock.Facts("Measures over all classes",
        [
            ("accuracy", Percent(report.Accuracy)),
            ("balanced accuracy", Percent(report.BalancedAccuracy)),
            ("macro F1", Percent(report.Macro.F1)),
            ("Cohen's kappa", report.CohenKappa?.ToString("F3", CultureInfo.InvariantCulture)),
            ("log loss", report.Scores?.LogLoss.ToString("F4", CultureInfo.InvariantCulture)),
            ("macro ROC AUC", report.Scores?.MacroRocAuc?.ToString("F4", CultureInfo.InvariantCulture)),
        ]));
        return new ReportSection("confusion", "Which classes are confused", blocks);
    }

    /// <summary>The measures of some classes, those with the lowest F1 first.</summary>
    internal static TableBlock ClassTable(ClassificationReport report, IReadOnlyList<ClassMetrics> classes) => new(
        classes.Count < report.Classes.Count
            ? $"The {Whole(classes.Count)} of {Whole(report.Classes.Count)} classes with the lowest F1"
            : "Every class, the one with the lowest F1 first",
        ["class", "samples", "precision", "recall", "F1"],
        [
            .. classes.Select(one => new[]
            {
                Clean(one.Name), Whole(one.Support), Percent(one.Precision), Percent(one.Recall), Percent(one.F1),
            })
        ]);

    /// <summary>The parts of the network and what of them is trained.</summary>
    internal static TableBlock PartsTable(IReadOnlyList<(string Name, long Parameters, long Trained)> parts) => new(
        "What was trained and what is frozen",
        ["part", "parameters", "trained", "share"],
        [
            .. parts.Select(part => new[]
            {
                part.Name, Whole(part.Parameters), Whole(part.Trained),
                part.Trained == 0 ? "frozen" : ModelFacts.Share(part.Trained, part.Parameters),
            })
        ]);

    private static TableBlock Matrix(ClassificationReport report)
    {
        int count = report.Classes.Count;
        string[] names = [.. report.Classes.Select(one => Clean(one.Name))];
        return new TableBlock(
            "Confusion matrix: a row is a true class, a column a predicted one",
            ["true \\ predicted", .. names],
            [.. Enumerable.Range(0, count).Select(row => (string[])
                [names[row], .. Enumerable.Range(0, count).Select(column => Whole(report.Confusion[row, column]))])])
        {
            Heat =
            [
                .. Enumerable.Range(0, count).Select(row => Enumerable.Range(0, count)
                    .Select(column => report.Confusion[row, column] / (double)Math.Max(report.Confusion.Support(row), 1))
                    .ToArray())
            ],
        };
    }

    private static ReportSection Reliability(ReportData data)
    {
        if ((data.Evaluation.Task as ClassificationReport)?.Scores?.Calibration is not { } calibration)
        {
            return new ReportSection("reliability", "Reliability", []);
        }

        return new ReportSection("reliability", "Reliability",
        [
            new TextBlock(
                "Of all predictions made with a confidence of 80 per cent, 80 per cent should be correct. Bars below the dashed line mean "
                    + "that the model is too sure."),
            new PlotBlock(
                "reliability",
                options => ReliabilityFigure.Of(calibration, options),
                "How often predictions of a confidence are correct; numbers are samples."),
            new TableBlock(
                "Confidence and accuracy",
                ["confidence", "samples", "mean confidence", "correct"],
                [
                    .. calibration.Bins.Where(bin => bin.Count > 0).Select(bin => new[]
                    {
                        $"{Percent(bin.Lower)} to {Percent(bin.Upper)}", Whole(bin.Count), Percent(bin.Confidence!.Value),
                        Percent(bin.Accuracy!.Value),
                    })
                ]),
        ]);
    }

    private static IEnumerable<ReportBlock> Mistakes(ReportData data)
    {
        if (data.Mistakes.Count > 0)
        {
            bool hasOverlay = data.Mistakes.Any(mistake => mistake.Overlay is not null);
            bool hasWords = data.Mistakes.Any(mistake => mistake.Words.Count > 0);
            yield return new TextBlock(
                "The samples with the largest loss: those of which the model was surest, and wrong."
                    + (hasOverlay ? " Beside each image: what the model saw of it, coloured where its prediction comes from." : "")
                    + (hasWords ? " Words for the prediction are underlined, words against it dotted; the thicker, the more." : ""));
            yield return new MistakesBlock(data.Mistakes);
        }

        if (data.PairMistakes.Count > 0 && data.Evaluation.Task is ClassificationReport report
            && ReportSummary.MostConfusedPair(report) is var (one, two, count))
        {
            yield return new TextBlock(string.Create(
                CultureInfo.InvariantCulture,
                $"The two classes that are confused most, {Clean(report.Classes[one].Name)} and {Clean(report.Classes[two].Name)}: "
                    + $"{data.PairMistakes.Count:N0} of {count:N0} mistakes between them."));
            yield return new MistakesBlock(data.PairMistakes);
        }
    }

    private static IEnumerable<ReportBlock> Findings(ReportData data)
    {
        if (data.ContactSheet is { } sheet)
        {
            yield return new ImageBlock(
                "batch",
                sheet,
                "Training images as the network sees them",
                "What training sees: a row is a sample, a column what an epoch draws.");
        }

        foreach ((AuditFindings? findings, string what) in new[]
        {
            (data.Findings, "the evaluated samples"), (data.TrainingFindings, "the training samples"),
        })
        {
            if (findings is null)
            {
                continue;
            }

            yield return new TableBlock(
                $"Found among {what} ({Whole(findings.SampleCount)})",
                ["finding", "samples"],
                findings.Count == 0
                    ? [["nothing", "0"]]
                    :
                    [
                        .. findings.GroupBy(one => one.Kind)
                            .OrderBy(group => group.Key)
                            .Select(group => new[] { Words(group.Key), Whole(group.Count()) })
                    ]);
            if (findings.Count > 0)
            {
                Finding[] shown = [.. findings.OrderBy(one => one.Kind).Take(MostFindings)];
                yield return new TableBlock(
                    shown.Length < findings.Count
                        ? $"The first {shown.Length} of {Whole(findings.Count)} findings among {what}"
                        : $"Every finding among {what}",
                    ["sample", "finding", "label", "suggested", "what was found"],
                    [
                        .. shown.Select(one => new[]
                        {
                            SafeText.Name(one.Name), Words(one.Kind), Clean(one.Label ?? ""), Clean(one.SuggestedLabel ?? ""),
                            SafeText.Message(one.Message, one.Name, one.Other),
                        })
                    ]);
            }

            if (findings.NotChecked.Count > 0)
            {
                yield return new ListBlock([.. findings.NotChecked.Select(reason => $"Not checked: {SafeText.Message(reason)}")]);
            }
        }
    }

    private static IEnumerable<ReportBlock> Curves(TrainingHistory? history)
    {
        if (history is null || history.Epochs.Count == 0)
        {
            yield break;
        }

        yield return new PlotBlock("training", options => HistoryFigure.Of(history, options), "Loss and score, epoch by epoch.");
        EpochResult[] shown = [.. history.Epochs.TakeLast(MostEpochs)];
        yield return new TableBlock(
            shown.Length < history.Epochs.Count ? $"The last {shown.Length} of {history.Epochs.Count} epochs" : "Every epoch",
            ["epoch", "loss", "accuracy", "validation loss", "validation score", "learning rate", "seconds"],
            [
                .. shown.Select(epoch => new[]
                {
                    Whole(epoch.Epoch), Number(epoch.Loss), epoch.Accuracy is { } accuracy ? Percent(accuracy) : "–",
                    epoch.ValidationLoss is { } loss ? Number(loss) : "–", epoch.ValidationScore?.ToString() ?? "–",
                    Number(epoch.LearningRate), epoch.Seconds.ToString("F1", CultureInfo.InvariantCulture),
                })
            ]);
    }

    private static IEnumerable<ReportBlock> Maps(ReportData data, IReadOnlyList<string> classNames)
    {
        if (data.Maps is not { } maps)
        {
            yield break;
        }

        string part = maps.Indices.Count < maps.OfAll
            ? string.Create(CultureInfo.InvariantCulture, $" {maps.Indices.Count:N0} of {maps.OfAll:N0} samples, taken at random.")
            : "";
        yield return new TextBlock(
            "Each mark is a sample, close to those that look like it to the backbone. Rings are around those that were predicted wrongly: "
                + $"one amid another class may have the wrong label.{part}");
        if (maps.Neighbours is { } neighbours)
        {
            yield return Map("tsne", "t-SNE", neighbours, "By t-SNE: neighbours stay neighbours; distances between groups mean little.");
        }

        yield return Map(
            "pca", "PCA", maps.Principal, $"By principal components: two directions with {Percent(maps.Explained)} of the variance.");

        PlotBlock Map(string file, string name, IReadOnlyList<double[]> points, string caption) => new(
            file, options => EmbeddingFigure.Of(points, maps.Labels, maps.IsWrong, classNames, name, options), caption);
    }

    private static IEnumerable<ReportBlock> Model(ReportData data)
    {
        yield return TableBlock.Facts("The model", data.Model);
        yield return PartsTable(data.Parts);
        if (data.Training.Any(fact => fact.Value is not null))
        {
            yield return TableBlock.Facts("Training and cost", data.Training);
        }

        yield return TableBlock.Facts(
            "Evaluation",
            [
                ("samples", Whole(data.Evaluation.Count)),
                ("loss", Number(data.Evaluation.Loss)),
                ("time", string.Create(CultureInfo.InvariantCulture, $"{data.Evaluation.Seconds:N1} s")),
                ("samples skipped", data.Evaluation.Skipped.Count == 0 ? null : Whole(data.Evaluation.Skipped.Count)),
            ]);
        yield return TableBlock.Facts("Versions", data.Versions);
    }

    private static string Words(FindingKind kind)
        => string.Concat(kind.ToString().Select(
            (letter, i) => char.IsUpper(letter) && i > 0 ? $" {char.ToLowerInvariant(letter)}" : $"{letter}"));

    private static string Clean(string name) => SafeText.Printable(name);

    private static string Whole(long number) => ModelFacts.Whole(number);

    private static string Percent(double share) => share.ToString("P1", CultureInfo.InvariantCulture);

    private static string Number(double number) => number.ToString("G4", CultureInfo.InvariantCulture);
}
