namespace TransferLearning.Reports;

/// <summary>Computes what a report is made of. What one part cannot do leaves that part out, with its reason; the evaluation must
/// succeed.</summary>
internal sealed class ReportBuilder(
    TransferModel model, Dataset dataset, ReportOptions options, FeatureCache cache, IProgress<string>? progress,
    CancellationToken cancellationToken)
{
    private const int PairMistakes = 6;
    private readonly List<string> _leftOut = [];

    public ModelReport Build()
    {
        progress?.Report("evaluating");
        EvaluationResult result = model.Evaluate(
            dataset, options.Evaluation with { Samples = SampleDetail.Outcomes }, cancellationToken: cancellationToken);
        AuditFindings? findings = Audit(dataset, "the evaluated samples", test: null);
        AuditFindings? training = options.Training is null ? null : Audit(options.Training, "the training samples", dataset);
        (IReadOnlyList<Mistake> worst, IReadOnlyList<Mistake> ofPair) = Mistakes(result, findings);
        FeatureMaps? maps = Maps(result);
        LeaveOut(options.History is null, "training curves and costs: no history was given (ReportOptions.History)");
        LeaveOut(options.Training is null, "the audit of the training samples: none were given (ReportOptions.Training)");
        LeaveOut(
            options.FineTuning is null && options.Optimizer is null,
            "how it was trained: no options were given (ReportOptions.FineTuning, ReportOptions.Optimizer)");
        ReportData data = new()
        {
            Evaluation = result,
            Findings = findings,
            TrainingFindings = training,
            Mistakes = worst,
            PairMistakes = ofPair,
            Maps = maps,
            ContactSheet = Sheet(),
            History = options.History,
            Model = ModelFacts.OfModel(model),
            Training = ModelFacts.OfTraining(options.FineTuning, options.Optimizer, options.History),
            Versions = ModelFacts.OfVersions(),
            Parts = ModelFacts.PartsOf(model.Module),
            MaximumClasses = options.MaximumClasses,
            LeftOut = [.. _leftOut.Select(reason => SafeText.Message(reason))],
        };
        string title = options.Title ?? $"{model.Architecture}: {ReportSummary.ScoreOf(result)}";
        IReadOnlyList<string> summary = ReportSummary.Of(data);
        return new ModelReport(SafeText.Printable(title), summary, ReportSections.Of(data, dataset.ClassNames), data);
    }

    private AuditFindings? Audit(Dataset audited, string what, Dataset? test)
    {
        if (options.Audit is null)
        {
            LeaveOut(true, $"the audit of {what}: it was not wanted (ReportOptions.Audit)");
            return null;
        }

        progress?.Report($"auditing {what}");
        return Try($"the audit of {what}", () => DataAudit.Run(
            model,
            audited,
            options.Audit with { Test = test ?? options.Audit.Test, Features = options.Audit.Features with { Cache = cache } },
            cancellationToken: cancellationToken));
    }

    /// <summary>What training sees of a few samples; nothing is said where there is none, as the audit says it.</summary>
    private ReadOnlyMemory<byte>? Sheet()
    {
        if (options.Training is null || model is not ImageModel images)
        {
            return null;
        }

        ContactSheetOptions few = new() { Samples = 5, Draws = 5, Size = 88, Seed = options.FineTuning?.Seed ?? 0 };
        StackedPreprocessor preprocessor = options.FineTuning?.Preprocessor as StackedPreprocessor
            ?? ContactSheetExtensions.TrainingForm(images);
        return Try("what training sees", () => ContactSheet.Draw(options.Training, preprocessor, few));
    }

    private (IReadOnlyList<Mistake> Worst, IReadOnlyList<Mistake> OfPair) Mistakes(EvaluationResult result, AuditFindings? findings)
    {
        if (options.Mistakes == 0 || result.Samples is not { } samples)
        {
            LeaveOut(
                true,
                options.Mistakes == 0
                    ? "the worst mistakes: none were wanted (ReportOptions.Mistakes)"
                    : $"the worst mistakes: {model.LearningTask.Name} predicts nothing of whole samples");
            return ([], []);
        }

        progress?.Report("explaining mistakes");
        MistakeGallery gallery = new(model, dataset, options, findings, cancellationToken);
        IReadOnlyList<Mistake> worst = [.. samples.WorstMistakes(options.Mistakes).Select(gallery.Of)];
        IReadOnlyList<Mistake> ofPair = [];
        if (result.Task is ClassificationReport report && ReportSummary.MostConfusedPair(report) is var (one, two, _))
        {
            ofPair =
            [
                .. Enumerable.Range(0, samples.Count)
                    .Where(place => samples.Outcomes[place] is var outcome
                        && ((outcome.Label == one && outcome.Predicted == two) || (outcome.Label == two && outcome.Predicted == one)))
                    .OrderByDescending(place => samples.Outcomes[place].Loss)
                    .Take(PairMistakes)
                    .Select(place => gallery.Of(samples[place]))
            ];
        }

        foreach (string reason in gallery.Problems)
        {
            LeaveOut(true, reason);
        }

        return (worst, ofPair);
    }

    private FeatureMaps? Maps(EvaluationResult result)
    {
        if (options.MapSamples == 0 || model.LearningTask is not Classification)
        {
            LeaveOut(
                true,
                options.MapSamples == 0
                    ? "the maps of features: they were not wanted (ReportOptions.MapSamples)"
                    : $"the maps of features: {model.LearningTask.Name} gives samples no class of their own to be drawn with");
            return null;
        }

        progress?.Report("mapping features");
        return Try("the maps of features", () =>
        {
            FeatureOptions wanted = new()
            {
                Cache = cache,
                BatchSize = options.Evaluation.BatchSize,
                Workers = options.Evaluation.Workers,
                OnBadSample = options.Evaluation.OnBadSample,
                Preprocessor = options.Evaluation.Preprocessor,
            };
            using FeatureSet features = model.ExtractFeatures(dataset, wanted, cancellationToken: cancellationToken);
            Dictionary<int, bool> wrong = [];
            for (int place = 0; place < (result.Samples?.Count ?? 0); place++)
            {
                wrong[result.Samples!.Indices[place]] = result.Samples.Outcomes[place].IsCorrect == false;
            }

            return FeatureMaps.Of(features, index => wrong.GetValueOrDefault(index), options, cancellationToken);
        });
    }

    /// <summary>A part that the model, its task or the samples may not allow.</summary>
    private T? Try<T>(string what, Func<T> make)
        where T : class
    {
        try
        {
            return make();
        }
        catch (Exception exception) when (
            exception is ArgumentException or InvalidOperationException or NotSupportedException or IOException)
        {
            LeaveOut(true, $"{what}: {exception.Message}");
            return null;
        }
    }

    private void LeaveOut(bool condition, string reason)
    {
        if (condition)
        {
            _leftOut.Add(reason);
        }
    }
}
