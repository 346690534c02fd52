using System.Text.Json;

namespace TransferLearning.Tests;

/// <summary>Every measure of every input of metrics.json; a measure that the library does not know fails the test.</summary>
[Trait("Category", "Parity")]
public sealed class MetricsParityTests
{
    private static readonly JsonDocument Golden = ParityFolder.Json("metrics.json");

    public static TheoryData<string> Cases()
        => [.. Golden.RootElement.GetProperty("cases").EnumerateArray().Select(c => c.GetProperty("id").GetString()!)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Equals_the_definitions(string id)
    {
        JsonElement input = Golden.RootElement.GetProperty("cases").EnumerateArray().Single(c => c.GetProperty("id").GetString() == id);
        ClassificationReport report = ClassificationReport.FromScores(
            [.. input.GetProperty("labels").EnumerateArray().Select(v => v.GetInt32())],
            [.. input.GetProperty("scores").EnumerateArray().Select(row => (double[])[.. row.EnumerateArray().Select(v => v.GetDouble())])],
            [.. Enumerable.Range(0, input.GetProperty("classes").GetInt32()).Select(k => $"class {k}")]);
        JsonComparison comparison = new(Golden.RootElement.GetProperty("tolerance").GetDouble());
        foreach (JsonProperty measure in input.GetProperty("expected").EnumerateObject())
        {
            comparison.Compare(measure.Name, measure.Value, Measure(report, measure.Name, measure.Value));
        }

        Assert.Empty(comparison.Differences);
        Assert.True(comparison.NumbersSeen > 30);
    }

    // Anonymous objects mirror the golden's form, so that the comparison walks both together.
    private static object? Measure(ClassificationReport report, string name, JsonElement expected)
    {
        ScoreMetrics scores = report.Scores!;
        IReadOnlyList<ClassMetrics> classes = report.Classes;
        return name switch
        {
            "accuracy" => report.Accuracy,
            "balanced_accuracy" => report.BalancedAccuracy,
            "top_k" => expected.EnumerateObject().ToDictionary(p => p.Name, p => report.TopKAccuracy(int.Parse(p.Name, null))),
            "confusion" => Rows(report.Confusion),
            "prf_all_classes" => Averages(report.Macro, report),
            "prf_present_classes" => Averages(report.MacroOfPresent, report),
            "per_class" => new
            {
                precision = classes.Select(c => c.Precision),
                recall = classes.Select(c => c.Recall),
                f1 = classes.Select(c => c.F1),
                support = classes.Select(c => c.Support),
            },
            "roc_auc_ovr" => new
            {
                per_class = classes.Select(c => c.RocAuc),
                macro_defined = scores.MacroRocAuc,
                weighted_defined = scores.WeightedRocAuc,
                sklearn_macro = expected.GetProperty("sklearn_macro").ValueKind == JsonValueKind.Null ? null
                    : classes.Count == 2 ? classes[1].RocAuc : scores.MacroRocAuc,
            },
            "average_precision" => new
            {
                per_class = classes.Select(c => c.AveragePrecision),
                macro_defined = scores.MacroAveragePrecision,
                weighted_defined = scores.WeightedAveragePrecision,
            },
            "cohen_kappa" => new { none = report.CohenKappa, linear = report.CohenKappaLinear, quadratic = report.CohenKappaQuadratic },
            "mcc" => report.MatthewsCorrelation,
            "calibration_15" => new
            {
                ece = scores.Calibration.ExpectedError,
                mce = scores.Calibration.MaximumError,
                bins = scores.Calibration.Bins.Select(b => (double?[])[b.Count, b.Accuracy, b.Confidence]),
            },
            "log_loss" => scores.LogLoss,
            "brier_multiclass" => scores.Brier,
            "brier_binary" => scores.BrierBinary,
            _ => throw new InvalidDataException($"Unknown measure '{name}'."),
        };
    }

    private static object Averages(AveragedMetrics macro, ClassificationReport report)
    {
        return new { macro = Three(macro), micro = Three(report.Micro), weighted = Three(report.Weighted) };

        static object Three(AveragedMetrics mean) => new { precision = mean.Precision, recall = mean.Recall, f1 = mean.F1 };
    }

    private static IEnumerable<IEnumerable<long>> Rows(ConfusionMatrix confusion)
        => Enumerable.Range(0, confusion.ClassCount)
            .Select(label => Enumerable.Range(0, confusion.ClassCount).Select(prediction => confusion[label, prediction]));
}
