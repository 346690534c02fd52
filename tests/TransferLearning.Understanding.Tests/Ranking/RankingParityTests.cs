using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

/// <summary>Transferability scores, convex heads and the simplest classifiers on features held against a float64 reference and
/// scikit-learn's optimum (Fixtures/Parity/understand/ranking.json): every case, every field.</summary>
[Trait("Category", "Parity")]
public sealed class RankingParityTests
{
    private const double Exact = 1e-8; // of the largest value: what two ways of computing in float64 may differ by

    // How close a result is to another one, and how well the reference converged.
    private static readonly string[] NotCompared
        = ["gradient_max", "smallest_margin", "smallest_similarity_gap", "euclidean_margin", "cosine_margin"];

    public static TheoryData<string> Cases
    {
        get
        {
            using JsonDocument document = ParityFolder.Json("understand/ranking.json");
            return new(document.RootElement.GetProperty("cases").EnumerateArray().Select(one => one.GetProperty("id").GetString()!));
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_score_and_every_classifier_equals_the_reference(string id)
    {
        using DisposeScope scope = NewDisposeScope();
        using JsonDocument document = ParityFolder.Json("understand/ranking.json");
        Assert.Equal("parity-ranking/1", document.RootElement.GetProperty("schema").GetString());
        ParityFill fill = new(document.RootElement.GetProperty("salt").GetString()!, 1);
        JsonElement one = document.RootElement.GetProperty("cases").EnumerateArray()
            .Single(entry => entry.GetProperty("id").GetString() == id);
        Tensor y = tensor([.. one.GetProperty("labels").EnumerateArray().Select(label => label.GetInt64())]);
        int classes = one.GetProperty("counts").GetArrayLength();
        Tensor x = Features(one, fill, id, "train", y, classes);
        int tests = one.GetProperty("test").GetInt32();
        Tensor test = Features(one, fill, id, "test", arange(tests, dtype: ScalarType.Int64).remainder(classes), classes);
        JsonElement sums = one.GetProperty("feature_check");
        Assert.Equal(sums.GetProperty("sum").GetDouble(), x.sum().item<double>(), 1e-9);
        Assert.Equal(sums.GetProperty("test_sum").GetDouble(), test.sum().item<double>(), 1e-9);
        Assert.All(
            Numbers(sums.GetProperty("first")).Zip(x.flatten().data<double>()), pair => Assert.Equal(pair.First, pair.Second, 1e-11));
        Tensor theta = tensor([.. one.GetProperty("source_probabilities").EnumerateArray().SelectMany(Numbers)]).view(y.size(0), -1);
        double epsilon = one.GetProperty("eps").GetDouble();

        LogMe evidence = LogMe.Of(x, y);
        LogMe first = LogMe.FirstVersion(x, y);
        HScore hScore = HScore.Of(x, y);
        TransRate transRate = TransRate.Of(x, y, epsilon);
        foreach (JsonProperty golden in one.GetProperty("expected").EnumerateObject())
        {
            JsonElement expected = golden.Value;
            switch (golden.Name)
            {
                case "logme_fixed_point": Near(expected, evidence.Score); break;
                case "logme_fixed_point_per_class": Near(expected, [.. evidence.PerClass]); break;
                case "logme_fixed_point_iterations": Assert.Equal(Numbers(expected), evidence.Iterations.Select(n => (double)n)); break;
                case "logme_fixed_point_alpha": Near(expected, [.. evidence.WeightPrecision]); break;
                case "logme_fixed_point_beta": Near(expected, [.. evidence.NoisePrecision]); break;
                case "logme_with_null_space": Near(expected, evidence.WithNullSpace); break;
                case "logme_icml": Near(expected, first.Score); break;
                case "logme_icml_iterations": Assert.Equal(Numbers(expected), first.Iterations.Select(n => (double)n)); break;
                case "leep": Near(expected, SourceAgreement.Leep(theta, y)); break;
                case "nce": Near(expected, SourceAgreement.Nce(theta, y)); break;
                case "h_score": Near(expected, hScore.Score); break;
                case "h_score_regularised": Near(expected, hScore.Regularized); break;
                case "ledoit_wolf_shrinkage": Near(expected, hScore.Shrinkage); break;
                case "coding_rate": Near(expected, transRate.CodingRate); break;
                case "transrate_class_mean": Near(expected, transRate.Score); break;
                case "transrate_weighted": Near(expected, transRate.Weighted); break;
                case "gbc_diagonal": Near(expected, GaussianSeparation.Of(x, y)); break;
                case "gbc_spherical": Near(expected, GaussianSeparation.Of(x, y, isSpherical: true)); break;
                case "linear_probe": CheckEach(expected, block => CheckProbe(block, x, y, test, classes)); break;
                case "ridge": CheckEach(expected, block => CheckRidge(block, x, y, test, classes)); break;
                case "nearest_class_mean": CheckMeans(expected, x, y, test); break;
                case var name when name.StartsWith("knn_", StringComparison.Ordinal):
                    int neighbors = int.Parse(name["knn_".Length..], System.Globalization.CultureInfo.InvariantCulture);
                    CheckFields(expected, "predictions");
                    Same(expected.GetProperty("predictions"), NearestNeighbors.Predict(x, y, test, neighbors));
                    break;
                default: Assert.Fail($"'{golden.Name}' of the case '{id}' is not compared."); break;
            }
        }
    }

    private static void CheckEach(JsonElement blocks, Action<JsonElement> check)
    {
        Assert.NotEqual(0, blocks.GetArrayLength());
        Assert.All(blocks.EnumerateArray(), check);
    }

    private static void CheckProbe(JsonElement golden, Tensor x, Tensor y, Tensor test, int classes)
    {
        CheckFields(golden, "C", "objective", "coef", "intercept", "train_accuracy", "test_probabilities", "test_predictions");
        LogisticProbe probe = new() { C = golden.GetProperty("C").GetDouble(), Standardize = false };
        using LinearFit fit = probe.Fit(x, y, new Classification(classes));
        JsonElement objective = golden.GetProperty("objective");
        CheckFields(objective, "f64", "tolerance", "sklearn_lbfgs");
        double least = objective.GetProperty("f64").GetDouble();
        Assert.True(fit.HasConverged);
        Assert.InRange(fit.Objective, least * (1 - 1e-10), least * (1 + 1e-8));
        Assert.Equal(objective.GetProperty("sklearn_lbfgs").GetDouble(), fit.Objective, least * 1e-6);
        NearWithin(golden.GetProperty("coef"), fit.Weight);
        NearWithin(golden.GetProperty("intercept"), fit.Bias);
        Tensor logits = nn.functional.linear(test, fit.Weight, fit.Bias);
        NearWithin(golden.GetProperty("test_probabilities"), logits.softmax(1));
        Same(golden.GetProperty("test_predictions"), logits.argmax(1));
        Tensor correct = nn.functional.linear(x, fit.Weight, fit.Bias).argmax(1).eq(y).to(ScalarType.Float64).mean();
        Assert.Equal(golden.GetProperty("train_accuracy").GetDouble(), correct.item<double>(), 1e-11);
    }

    private static void CheckRidge(JsonElement golden, Tensor x, Tensor y, Tensor test, int classes)
    {
        CheckFields(golden, "alpha", "coef", "intercept", "test_predictions");
        RidgeProbe probe = new() { Alpha = golden.GetProperty("alpha").GetDouble(), Standardize = false };
        using LinearFit fit = probe.Fit(x, y, new Classification(classes));
        Near(golden.GetProperty("coef"), [.. fit.Weight.contiguous().data<double>()]);
        Near(golden.GetProperty("intercept"), [.. fit.Bias.data<double>()]);
        Same(golden.GetProperty("test_predictions"), nn.functional.linear(test, fit.Weight, fit.Bias).argmax(1));
    }

    private static void CheckMeans(JsonElement golden, Tensor x, Tensor y, Tensor test)
    {
        CheckFields(golden, "euclidean", "cosine");
        using NearestClassMean means = NearestClassMean.Fit(x, y);
        Same(golden.GetProperty("euclidean"), means.Predict(test));
        Same(golden.GetProperty("cosine"), means.Predict(test, byCosine: true));
    }

    private static void CheckFields(JsonElement golden, params string[] compared)
        => Assert.Equal(
            compared.Order(StringComparer.Ordinal),
            golden.EnumerateObject().Select(field => field.Name).Except(NotCompared).Order(StringComparer.Ordinal));

    // noise * c(train:ID) + shift * c(shift:ID)[label], and what a case changes of its columns.
    private static Tensor Features(JsonElement one, ParityFill fill, string id, string part, Tensor labels, int classes)
    {
        long width = one.GetProperty("d").GetInt64();
        Tensor Cells(string name, long rows)
            => tensor(fill.Values($"{name}:{id}", "unit", [rows, width]), [rows, width]).to(ScalarType.Float64);
        Tensor features = Cells(part, labels.size(0)).mul(one.GetProperty("noise").GetDouble())
            .add(Cells("shift", classes).index_select(0, labels).mul(one.GetProperty("shift").GetDouble()));
        if (one.TryGetProperty("column_scale", out JsonElement scaled) && scaled.GetBoolean())
        {
            features = features.mul(tensor([.. Enumerable.Range(0, (int)width).Select(column => Math.Pow(2, -(column % 4)))]));
        }

        foreach (JsonElement[] change in Changes("constant_columns"))
        {
            features[.., change[0].GetInt32()].fill_(change[1].GetDouble());
        }

        foreach (JsonElement[] change in Changes("copied_columns"))
        {
            features[.., change[0].GetInt32()].copy_(features[.., change[1].GetInt32()]);
        }

        return features;

        IEnumerable<JsonElement[]> Changes(string name) => one.TryGetProperty(name, out JsonElement all)
            ? all.EnumerateArray().Select(change => change.EnumerateArray().ToArray())
            : [];
    }

    private static double[] Numbers(JsonElement array) => array.ValueKind == JsonValueKind.Number
        ? [array.GetDouble()]
        : [.. array.EnumerateArray().Select(number => number.GetDouble())];

    private static void Same(JsonElement expected, Tensor actual)
        => Assert.Equal(Numbers(expected), actual.data<long>().Select(number => (double)number));

    // As exact as float64 is.
    private static void Near(JsonElement golden, params double[] actual)
        => Compare(golden, actual, Exact * Math.Max(actual.Max(Math.Abs), 1e-3));

    // What is found by iteration has a tolerance of its own.
    private static void NearWithin(JsonElement golden, Tensor actual)
        => Compare(golden, [.. actual.contiguous().data<double>()], golden.GetProperty("tolerance").GetDouble());

    private static void Compare(JsonElement golden, double[] all, double tolerance)
    {
        double[] expected = Numbers(golden.GetProperty("f64"));
        int[] places = golden.TryGetProperty("at", out JsonElement at)
            ? [.. Numbers(at).Select(place => (int)place)]
            : [.. Enumerable.Range(0, all.Length)];
        Assert.Equal(expected.Length, places.Length);
        Assert.All(expected.Zip(places), pair => Assert.Equal(pair.First, all[pair.Second], tolerance));
        double ofSums = tolerance * Math.Sqrt(all.Length);
        if (golden.TryGetProperty("sum", out JsonElement sum))
        {
            Assert.Equal(sum.GetDouble(), all.Sum(), ofSums);
        }

        if (golden.TryGetProperty("l2", out JsonElement length))
        {
            Assert.Equal(length.GetDouble(), Math.Sqrt(all.Sum(value => value * value)), ofSums);
        }
    }
}
