using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

/// <summary>The convex heads held against a float64 reference and scikit-learn's optimum
/// (Fixtures/Parity/understand/ranking.json).</summary>
[Trait("Category", "Parity")]
public sealed class LinearProbeParityTests
{
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
    public void Logistic_regression_reaches_the_reference_s_minimum(string id) => Check(id, "linear_probe", (golden, x, test, y, classes) =>
    {
        LogisticProbe probe = new() { C = golden.GetProperty("C").GetDouble(), Standardize = false };
        using LinearFit fit = probe.Fit(x, y, new Classification(classes));
        JsonElement objective = golden.GetProperty("objective");
        double least = objective.GetProperty("f64").GetDouble();
        Assert.True(fit.HasConverged);
        Assert.InRange(fit.Objective, least * (1 - 1e-10), least * (1 + 1e-8));
        Assert.Equal(objective.GetProperty("sklearn_lbfgs").GetDouble(), fit.Objective, least * 1e-6);
        Near(golden.GetProperty("coef"), fit.Weight);
        Near(golden.GetProperty("intercept"), fit.Bias);
        Tensor logits = nn.functional.linear(test, fit.Weight, fit.Bias);
        Near(golden.GetProperty("test_probabilities"), logits.softmax(1));
        Assert.Equal(Numbers(golden.GetProperty("test_predictions")), logits.argmax(1).data<long>().Select(number => (double)number));
    });

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_ridge_has_the_reference_s_weights(string id) => Check(id, "ridge", (golden, x, test, y, classes) =>
    {
        RidgeProbe probe = new() { Alpha = golden.GetProperty("alpha").GetDouble(), Standardize = false };
        using LinearFit fit = probe.Fit(x, y, new Classification(classes));
        Near(golden.GetProperty("coef"), fit.Weight);
        Near(golden.GetProperty("intercept"), fit.Bias);
        Tensor outputs = nn.functional.linear(test, fit.Weight, fit.Bias);
        Assert.Equal(Numbers(golden.GetProperty("test_predictions")), outputs.argmax(1).data<long>().Select(number => (double)number));
    });

    private static void Check(string id, string part, Action<JsonElement, Tensor, Tensor, Tensor, int> check)
    {
        using DisposeScope scope = NewDisposeScope();
        using JsonDocument document = ParityFolder.Json("understand/ranking.json");
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
        foreach (JsonElement golden in one.GetProperty("expected").GetProperty(part).EnumerateArray())
        {
            check(golden, x, test, y, classes);
        }
    }

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

    private static double[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(number => number.GetDouble())];

    private static void Near(JsonElement golden, Tensor actual)
    {
        double[] all = [.. actual.contiguous().data<double>()], expected = Numbers(golden.GetProperty("f64"));
        int[] places = golden.TryGetProperty("at", out JsonElement at)
            ? [.. Numbers(at).Select(place => (int)place)]
            : [.. Enumerable.Range(0, all.Length)];
        double tolerance = golden.GetProperty("tolerance").GetDouble();
        Assert.Equal(expected.Length, places.Length);
        Assert.All(expected.Zip(places), pair => Assert.Equal(pair.First, all[pair.Second], tolerance));
    }
}
