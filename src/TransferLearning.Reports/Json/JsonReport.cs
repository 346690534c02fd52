using System.Text.Json;
using System.Text.Json.Serialization;

namespace TransferLearning.Reports;

/// <summary>The numbers of a report for other programs.</summary>
internal static class JsonReport
{
    private const string Schema = "transferlearning-report/1";

    private static readonly JsonSerializerOptions Form = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static string Write(ModelReport report)
    {
        ReportData data = report.Data;
        ClassificationReport? classes = data.Evaluation.Task as ClassificationReport;
        return JsonSerializer.Serialize(
            new
            {
                Schema,
                report.Title,
                report.Summary,
                Evaluation = new
                {
                    data.Evaluation.Count,
                    data.Evaluation.Loss,
                    data.Evaluation.Score,
                    data.Evaluation.Accuracy,
                    data.Evaluation.Seconds,
                    Skipped = data.Evaluation.Skipped.Count,
                    data.Evaluation.TruncatedSamples,
                    Interval = classes?.AccuracyInterval,
                    Classes = classes?.Classes,
                    Confusions = classes?.MostConfused(10 * data.MaximumClasses),
                    classes?.Scores,
                    Report = classes is null ? data.Evaluation.Task.ToString() : null,
                },
                Mistakes = data.Mistakes.Select(mistake => new
                {
                    mistake.Prediction.Index,
                    mistake.Prediction.Name,
                    mistake.Prediction.LabelName,
                    mistake.Prediction.PredictedName,
                    mistake.Prediction.Score,
                    mistake.Prediction.Loss,
                    mistake.Text,
                    mistake.Pair,
                    mistake.BorderShare,
                    mistake.Notes,
                }),
                Findings = Of(data.Findings),
                TrainingFindings = Of(data.TrainingFindings),
                History = data.History is null ? null : new
                {
                    data.History.Epochs,
                    data.History.StopReason,
                    data.History.BestEpoch,
                    data.History.TrainedParameters,
                    data.History.Steps,
                    data.History.Seconds,
                },
                Map = data.Maps is null ? null : new
                {
                    data.Maps.Indices,
                    data.Maps.Labels,
                    data.Maps.IsWrong,
                    PrincipalComponents = data.Maps.Principal,
                    data.Maps.Explained,
                    TSne = data.Maps.Neighbours,
                    data.Maps.OfAll,
                },
                Model = Facts(data.Model),
                Training = Facts(data.Training),
                Parts = data.Parts.Select(part => new { part.Name, part.Parameters, part.Trained }),
                Versions = Facts(data.Versions),
                data.LeftOut,
            },
            Form);
    }

    private static Dictionary<string, string> Facts(IEnumerable<(string Name, string? Value)> facts)
        => facts.Where(fact => fact.Value is not null).ToDictionary(fact => fact.Name, fact => fact.Value!);

    private static object? Of(AuditFindings? findings) => findings is null ? null : new
    {
        findings.SampleCount,
        All = findings.Select(one => new
        {
            one.Index,
            Name = SafeText.Name(one.Name),
            one.Kind,
            one.Evidence,
            one.Label,
            one.SuggestedLabel,
            Other = one.Other is null ? null : SafeText.Name(one.Other),
            Message = SafeText.Message(one.Message, one.Name, one.Other),
        }),
        NotChecked = findings.NotChecked.Select(reason => SafeText.Message(reason)),
    };
}
