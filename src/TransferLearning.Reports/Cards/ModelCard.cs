using System.Text.Json;

namespace TransferLearning.Reports;

/// <summary>Writes a model card.</summary>
internal static class ModelCard
{
    private const int MostClasses = 50;

    public static string Of(TransferModel model, ModelCardOptions options)
    {
        StringBuilder text = new();
        string name = options.Name ?? model.Architecture;
        WriteHead(text, model, options, name);
        text.Append(CultureInfo.InvariantCulture, $"# {MarkdownText.Escape(name)}\n\n");
        WriteWhat(text, model, options);
        WriteData(text, options);
        WriteMetrics(text, options);
        WriteTraining(text, model, options);
        WriteLimits(text, model, options);
        Section(text, "Licence", options.License is null
            ? "The licence of the weights is unknown: it was not given. What published weights allow passes on to those that are "
                + "trained from them."
            : $"The weights: {options.License}.");
        if (options.Contact is not null)
        {
            Section(text, "Contact", options.Contact);
        }

        Heading(text, "Versions");
        MarkdownReport.WriteTable(text, TableBlock.Facts("Made with", ModelFacts.OfVersions()));
        return text.ToString().TrimEnd('\n') + "\n";
    }

    /// <summary>What the Hub calls the task of a model; null where it has no word for it.</summary>
    private static string? PipelineOf(TransferModel model)
    {
        bool hears = model is SpeechModel || (model as ImageModel)?.Spectrograms is not null;
        return model.LearningTask switch
        {
            Classification => hears ? "audio-classification" : model is ImageModel ? "image-classification" : "text-classification",
            MultiLabelClassification when !hears => model is ImageModel ? "image-classification" : "text-classification",
            TokenClassification => "token-classification",
            QuestionAnswering => "question-answering",
            MaskedLanguageModeling => "fill-mask",
            CausalLanguageModeling => "text-generation",
            CtcRecognition => "automatic-speech-recognition",
            SequenceToSequence when hears => "automatic-speech-recognition",
            FeatureExtraction => "feature-extraction",
            _ => null,
        };
    }

    private static void WriteHead(StringBuilder text, TransferModel model, ModelCardOptions options, string name)
    {
        string? pipeline = PipelineOf(model);
        text.Append(CultureInfo.InvariantCulture, $"---\nlicense: {Quoted(options.License ?? "unknown")}\n")
            .Append("library_name: TransferLearning\n");
        if (pipeline is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"pipeline_tag: {pipeline}\n");
        }

        if (options.Languages.Count > 0)
        {
            text.Append("language:\n");
            foreach (string language in options.Languages)
            {
                text.Append(CultureInfo.InvariantCulture, $"- {Quoted(language)}\n");
            }
        }

        text.Append(CultureInfo.InvariantCulture, $"tags:\n- transfer-learning\n- torchsharp\n- {Quoted(model.Architecture)}\n");
        if (pipeline is not null && options.Report?.Evaluation.Score is { } score)
        {
            text.Append(CultureInfo.InvariantCulture, $"model-index:\n- name: {Quoted(name)}\n")
                .Append(CultureInfo.InvariantCulture, $"  results:\n  - task:\n      type: {pipeline}\n")
                .Append(CultureInfo.InvariantCulture, $"    dataset:\n      name: {Quoted(SamplesOf(options))}\n      type: custom\n")
                .Append(CultureInfo.InvariantCulture, $"    metrics:\n    - type: {Quoted(score.Name)}\n      value: {score.Value:R}\n");
        }

        text.Append("---\n\n");
    }

    private static void WriteWhat(StringBuilder text, TransferModel model, ModelCardOptions options)
    {
        Section(text, "What it is", options.Description ?? "No description was given.");
        MarkdownReport.WriteTable(text, TableBlock.Facts("The model", ModelFacts.OfModel(model)));
        if (model.ClassNames.Count > 0)
        {
            IEnumerable<string> shown = model.ClassNames.Take(MostClasses).Select(MarkdownText.Escape);
            string rest = model.ClassNames.Count > MostClasses
                ? string.Create(CultureInfo.InvariantCulture, $" and {model.ClassNames.Count - MostClasses:N0} more")
                : "";
            text.Append(CultureInfo.InvariantCulture, $"Classes: {string.Join(", ", shown)}{rest}.\n\n");
        }
    }

    private static void WriteData(StringBuilder text, ModelCardOptions options)
    {
        Section(text, "Data", $"Training: {options.TrainingData ?? "not described."}");
        text.Append(CultureInfo.InvariantCulture, $"Evaluation: {MarkdownText.Escape(SamplesOf(options))}");
        text.Append(options.Report is { Evaluation.Count: var count } ? $", {ModelFacts.Whole(count)} samples.\n\n" : ".\n\n");
    }

    private static void WriteMetrics(StringBuilder text, ModelCardOptions options)
    {
        Heading(text, "Metrics");
        if (options.Report is not { Evaluation: var result } report)
        {
            text.Append("It was not evaluated, or the evaluation was not given.\n\n");
            return;
        }

        text.Append(CultureInfo.InvariantCulture, $"{MarkdownText.Escape(report.Summary[0])}\n\n");
        if (result.Task is ClassificationReport classes)
        {
            ClassMetrics[] shown = [.. classes.Classes.OrderBy(one => one.F1).Take(report.Data.MaximumClasses)];
            MarkdownReport.WriteTable(text, ReportSections.ClassTable(classes, shown));
        }
    }

    private static void WriteTraining(StringBuilder text, TransferModel model, ModelCardOptions options)
    {
        Heading(text, "How it was trained");
        if (options.Report?.Data.Training is { } training && training.Any(fact => fact.Value is not null))
        {
            MarkdownReport.WriteTable(text, TableBlock.Facts("Training", training));
        }
        else
        {
            text.Append("How it was trained was not given.\n\n");
        }

        MarkdownReport.WriteTable(text, ReportSections.PartsTable(ModelFacts.PartsOf(model.Module)));
    }

    private static void WriteLimits(StringBuilder text, TransferModel model, ModelCardOptions options)
    {
        Heading(text, "Limits");
        List<string> limits = [.. options.Limits];
        if (model.LearningTask is Classification)
        {
            limits.Add("It knows the classes above and no others: whatever it is shown, it names one of them.");
        }

        limits.AddRange(options.Report?.Summary.Skip(1) ?? ["Nothing is known of where it fails."]);
        foreach (string limit in limits)
        {
            text.Append(CultureInfo.InvariantCulture, $"- {MarkdownText.Escape(limit)}\n");
        }

        text.Append('\n');
    }

    private static string SamplesOf(ModelCardOptions options)
        => options.EvaluationData ?? (options.Report is null ? "none" : "evaluation samples");

    private static void Heading(StringBuilder text, string heading) => text.Append(CultureInfo.InvariantCulture, $"## {heading}\n\n");

    private static void Section(StringBuilder text, string heading, string content)
    {
        Heading(text, heading);
        text.Append(CultureInfo.InvariantCulture, $"{MarkdownText.Escape(content)}\n\n");
    }

    // What JSON quotes, YAML reads between the same quotes.
    private static string Quoted(string text) => JsonSerializer.Serialize(SafeText.Printable(text));
}
