using System.Text.Json;
using TorchSharp;

namespace TransferLearning.Tests;

/// <summary>Temperature and vector scaling, reliability, Platt, isotonic regression and out-of-distribution scores against a float64
/// reference and scikit-learn (Fixtures/Parity/understand/calibration.json).</summary>
[Trait("Category", "Parity")]
public sealed class CalibrationParityTests
{
    private const string Golden = "understand/calibration.json";

    public static TheoryData<string> Multiclass => Ids("multiclass");
    public static TheoryData<string> Binary => Ids("binary");
    public static TheoryData<string> Outside => Ids("ood");

    [Fact]
    public void Every_part_of_the_golden_is_known()
    {
        using JsonDocument document = ParityFolder.Json(Golden);
        Assert.Equal("parity-calibration/1", document.RootElement.GetProperty("schema").GetString());
        GoldenQuantity.ForEachField(
            document.RootElement, (name, _) => name is "schema" or "salt" or "definition" or "multiclass" or "binary" or "ood");
    }

    [Theory]
    [MemberData(nameof(Multiclass))]
    public void Scaling_and_reliability_equal_the_reference(string id)
    {
        using JsonDocument document = ParityFolder.Json(Golden);
        JsonElement input = Find(document, "multiclass", id);
        int[] labels = GoldenQuantity.Ints(input.GetProperty("labels"));
        double[][] logits = [.. input.GetProperty("logits").EnumerateArray().Select(GoldenQuantity.Doubles)];
        TemperatureFit fit = TemperatureScaling.Fit(logits, labels);
        GoldenQuantity.ForEachField(input.GetProperty("expected"), (name, golden) =>
        {
            switch (name)
            {
                case "nll_before":
                    Assert.Equal(golden.GetDouble(), fit.LossBefore, 1e-9);
                    break;
                case "temperature":
                    Within(golden, [fit.Temperature]);
                    Assert.Equal(golden.GetProperty("where").GetString(), Where(fit.Limit));
                    break;
                case "nll_temperature":
                    Within(golden, [fit.Loss]);
                    break;
                case "vector_scaling":
                    (LogitScaling scaling, double loss) = VectorScaling.Fit(logits, labels);
                    Within(golden.GetProperty("weight"), scaling.Weights!);
                    Within(golden.GetProperty("bias"), scaling.Biases!);
                    Within(golden.GetProperty("nll"), [loss]);
                    Assert.Equal(0, scaling.Biases!.Average(), 1e-12);
                    break;
                case "reliability":
                    Assert.All(golden.EnumerateArray(), one => Reliable(one, logits, labels, 1));
                    break;
                case "reliability_after_temperature":
                    Reliable(golden, logits, labels, fit.Temperature);
                    break;
                default:
                    return false;
            }

            return true;
        });
    }

    [Theory]
    [MemberData(nameof(Binary))]
    public void Probabilities_of_scores_equal_the_reference(string id)
    {
        using JsonDocument document = ParityFolder.Json(Golden);
        JsonElement input = Find(document, "binary", id);
        double[] scores = GoldenQuantity.Doubles(input.GetProperty("scores"));
        double[] queries = GoldenQuantity.Doubles(input.GetProperty("queries"));
        bool[] labels = [.. GoldenQuantity.Ints(input.GetProperty("labels")).Select(label => label == 1)];
        GoldenQuantity.ForEachField(input.GetProperty("expected"), (name, golden) =>
        {
            switch (name)
            {
                case "smoothed_targets":
                    double positives = labels.Count(label => label);
                    Assert.Equal((positives + 1) / (positives + 2), golden[0].GetDouble(), 1e-11);
                    Assert.Equal(1 / (labels.Length - positives + 2), golden[1].GetDouble(), 1e-11);
                    break;
                case "platt_smoothed" or "platt_plain":
                    Platt(golden, PlattScaling.Fit(scores, labels, name == "platt_smoothed"), queries);
                    break;
                case "isotonic":
                    Isotonic(golden, IsotonicRegression.Fit(scores, labels), scores, queries);
                    break;
                default:
                    return false;
            }

            return true;
        });
    }

    [Theory]
    [MemberData(nameof(Outside))]
    public void Scores_of_being_outside_equal_the_reference(string id)
    {
        using JsonDocument document = ParityFolder.Json(Golden);
        JsonElement input = Find(document, "ood", id);
        ParityFill fill = new(document.RootElement.GetProperty("salt").GetString()!, 1);
        (int classes, int width) = (Int("classes"), Int("d"));
        double[] mean = Array.ConvertAll(Cells($"ood:mean:{id}", classes, width), cell => 1.5 * cell);
        double[] training = Around($"ood:train:{id}", Int("train"));
        double[] inside = Around($"ood:in:{id}", Int("id_test"));
        double[] direction = Cells($"ood:outmean:{id}", 1, width);
        double shift = input.GetProperty("ood_shift").GetDouble();
        double[] outside = input.TryGetProperty("same", out JsonElement same) && same.GetBoolean()
            ? inside[..(Int("ood_test") * width)]
            : [.. Cells($"ood:out:{id}", Int("ood_test"), width).Select((cell, i) => cell + (shift * direction[i % width]))];
        double[] weight = [.. Cells($"ood:w:{id}", classes, width).Select((cell, i) => (0.5 * cell) + mean[i])];
        Assert.Equal(
            new[] { "train_sum", "id_sum", "ood_sum", "weight_sum" }
                .Select(sum => input.GetProperty("feature_check").GetProperty(sum).GetDouble()),
            new[] { training, inside, outside, weight }.Select(values => values.Sum()),
            (first, second) => Math.Abs(first - second) <= 1e-9 * Math.Max(1, Math.Abs(first)));

        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor features = torch.tensor([.. inside, .. outside], [(inside.Length + outside.Length) / width, width]);
        torch.Tensor logits = features.mm(torch.tensor(weight, [classes, width]).t());
        torch.Tensor trained = torch.tensor(training, [Int("train"), width]);
        torch.Tensor labels = torch.tensor([.. Enumerable.Range(0, Int("train")).Select(i => (long)(i % classes))]);
        int methods = 0;
        GoldenQuantity.ForEachField(input.GetProperty("expected"), (name, golden) =>
        {
            OutOfDistributionMethod? method = name switch
            {
                "msp" => OutOfDistributionMethod.MaximumSoftmax,
                "max_logit" => OutOfDistributionMethod.MaximumLogit,
                "energy" => OutOfDistributionMethod.Energy,
                "mahalanobis" => OutOfDistributionMethod.Mahalanobis,
                "knn" => OutOfDistributionMethod.NearestNeighbors,
                _ => null,
            };
            if (method is null)
            {
                return false;
            }

            methods++;
            using OutOfDistributionDetector detector = OutOfDistributionDetector.Fit(trained, labels, new OutOfDistributionOptions
            {
                Method = method.Value,
                Neighbors = Int("k"),
                Ridge = input.GetProperty("ridge").GetDouble(),
                Temperature = input.GetProperty("temperature").GetDouble(),
            });
            double[] scores = detector.Score(features, logits);
            int count = inside.Length / width;
            detector.ChooseThreshold(scores[..count]);
            OutOfDistributionQuality quality = OutOfDistributionQuality.Of(scores[..count], scores[count..]);
            Assert.Equal(quality.Threshold, detector.Threshold);
            GoldenQuantity.ForEachField(golden, (field, value) =>
            {
                switch (field)
                {
                    case "scores":
                        GoldenQuantity.Equal(value, scores);
                        break;
                    case "auroc":
                        Assert.Equal(value.GetDouble(), quality.RocAuc, 1e-11);
                        break;
                    case "fpr_at_95":
                        Assert.Equal(value.GetDouble(), quality.FalsePositiveRate, 1e-11);
                        break;
                    case "threshold":
                        Assert.Equal(value.GetDouble(), quality.Threshold, 1e-9 * Math.Max(1, Math.Abs(quality.Threshold)));
                        break;
                    default:
                        return field == "smallest_score_gap";
                }

                return true;
            });
            return true;
        });
        Assert.Equal(5, methods);

        int Int(string name) => input.GetProperty(name).GetInt32();

        double[] Cells(string name, int rows, int columns)
            => Array.ConvertAll(fill.Values(name, "unit", [rows, columns]), cell => (double)cell);

        double[] Around(string name, int rows)
            => [.. Cells(name, rows, width).Select((cell, i) => cell + mean[(i / width % classes * width) + (i % width)])];
    }

    private static void Reliable(JsonElement golden, double[][] logits, int[] labels, double temperature)
    {
        double[][] probabilities = [.. logits.Select(row => Softmax([.. row.Select(logit => logit / temperature)]))];
        double[] scores = [.. probabilities.Select(row => row.Max())];
        bool[] isCorrect = [.. probabilities.Select((row, i) => Array.IndexOf(row, row.Max()) == labels[i])];
        int bins = golden.GetProperty("bins").GetInt32();
        Calibration width = Calibration.OfEqualWidth(scores, isCorrect, bins), mass = Calibration.OfEqualMass(scores, isCorrect, bins);
        GoldenQuantity.ForEachField(golden, (name, value) =>
        {
            switch (name)
            {
                case "equal_width":
                    Bins(value, width);
                    break;
                case "equal_mass":
                    Bins(value, mass);
                    break;
                case "ece":
                    Assert.Equal(value.GetDouble(), width.ExpectedError, 1e-9);
                    break;
                case "mce":
                    Assert.Equal(value.GetDouble(), width.MaximumError, 1e-9);
                    break;
                case "ece_equal_mass":
                    Assert.Equal(value.GetDouble(), mass.ExpectedError, 1e-9);
                    break;
                case "ece_classwise":
                    Assert.Equal(value.GetDouble(), Calibration.ClasswiseError(probabilities, labels, bins), 1e-9);
                    break;
                default:
                    return name is "bins" or "distance_to_edge";
            }

            return true;
        });
    }

    private static void Bins(JsonElement golden, Calibration actual)
        => Assert.All(golden.EnumerateArray().Zip(actual.Bins), pair =>
        {
            Assert.Equal(golden.GetArrayLength(), actual.Bins.Count);
            Assert.Equal(pair.First[0].GetInt64(), pair.Second.Count);
            Close(pair.First[1], pair.Second.Accuracy);
            Close(pair.First[2], pair.Second.Confidence);
        });

    private static void Close(JsonElement golden, double? actual)
    {
        Assert.Equal(golden.ValueKind == JsonValueKind.Null, actual is null);
        if (actual is { } number)
        {
            Assert.Equal(golden.GetDouble(), number, 1e-9);
        }
    }

    private static void Platt(JsonElement golden, PlattScaling? fit, double[] queries)
    {
        Assert.Equal(golden.ValueKind == JsonValueKind.Null, fit is null);
        if (fit is null)
        {
            return;
        }

        GoldenQuantity.ForEachField(golden, (name, value) =>
        {
            switch (name)
            {
                case "a":
                    Within(value, [fit.A]);
                    break;
                case "b":
                    Within(value, [fit.B]);
                    break;
                case "objective":
                    Within(value, [fit.Loss]);
                    break;
                case "query_probabilities":
                    Within(value, [.. queries.Select(fit.Probability)]);
                    break;
                default:
                    return name == "gradient_max";
            }

            return true;
        });
    }

    private static void Isotonic(JsonElement golden, IsotonicRegression fit, double[] scores, double[] queries)
        => GoldenQuantity.ForEachField(golden, (name, value) =>
        {
            switch (name)
            {
                case "thresholds_x":
                    GoldenQuantity.Equal(GoldenQuantity.Doubles(value), fit.Thresholds);
                    break;
                case "thresholds_y":
                    GoldenQuantity.Equal(GoldenQuantity.Doubles(value), fit.Probabilities);
                    break;
                case "fitted":
                    GoldenQuantity.Equal(value, [.. scores.Select(fit.Probability)]);
                    break;
                case "query":
                    GoldenQuantity.Equal(value, [.. queries.Select(fit.Probability)]);
                    break;
                default:
                    return false;
            }

            return true;
        });

    // What is found step by step is compared within the golden's own tolerance.
    private static void Within(JsonElement golden, IReadOnlyList<double> actual)
    {
        JsonElement values = golden.GetProperty("f64");
        double[] expected = values.ValueKind == JsonValueKind.Array ? GoldenQuantity.Doubles(values) : [values.GetDouble()];
        double tolerance = golden.GetProperty("tolerance").GetDouble();
        Assert.Equal(expected, actual, (first, second) => Math.Abs(first - second) <= tolerance);
    }

    private static string Where(TemperatureLimit limit) => limit switch
    {
        TemperatureLimit.Inside => "inside",
        TemperatureLimit.Lower => "lower bound",
        TemperatureLimit.Upper => "upper bound",
        _ => "any",
    };

    private static double[] Softmax(double[] logits)
    {
        double largest = logits.Max(), sum = logits.Sum(logit => Math.Exp(logit - largest));
        return [.. logits.Select(logit => Math.Exp(logit - largest) / sum)];
    }

    private static TheoryData<string> Ids(string part)
    {
        using JsonDocument document = ParityFolder.Json(Golden);
        return [.. document.RootElement.GetProperty(part).EnumerateArray().Select(one => one.GetProperty("id").GetString()!)];
    }

    private static JsonElement Find(JsonDocument document, string part, string id)
        => document.RootElement.GetProperty(part).EnumerateArray().Single(one => one.GetProperty("id").GetString() == id);
}
