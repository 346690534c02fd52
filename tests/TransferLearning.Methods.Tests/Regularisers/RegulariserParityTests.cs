using System.Text.Json;
using TorchSharp;
using TransferLearning.Layers;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

/// <summary>Penalties that keep a network near what it has learned, held against a float64 reference
/// (Fixtures/Parity/methods/regularisers.json): every case, every field, values and gradients.</summary>
[Trait("Category", "Parity")]
public sealed class RegulariserParityTests
{
    private const string File = "methods/regularisers.json";

    public static TheoryData<int> Cases
    {
        get
        {
            using JsonDocument document = ParityFolder.Json(File);
            return new(Enumerable.Range(0, document.RootElement.GetProperty("cases").GetArrayLength()));
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_value_and_gradient_equals_the_reference(int number)
    {
        using DisposeScope scope = NewDisposeScope();
        using JsonDocument document = ParityFolder.Json(File);
        JsonElement root = document.RootElement;
        Assert.Equal("parity-regularisers/1", root.GetProperty("schema").GetString());
        Case one = new(root.GetProperty("cases")[number], new GoldenNumbers(root.GetProperty("salt").GetString()!));
        string kind = one.Golden.GetProperty("regulariser").GetString()!;
        switch (kind)
        {
            case "l2_sp": L2Sp(one); break;
            case "delta": Delta(one); break;
            case "bss": Spectral(one, isLargest: false); break;
            case "bsp": Spectral(one, isLargest: true); break;
            case "co_tuning_relationship": Relationship(one); break;
            case "co_tuning": CoTuning(one, root); break;
            case "stoch_norm": StochNorm(one); break;
            case "fitnets_hint": Hint(one); break;
            case "attention_transfer": AttentionTransfer(one); break;
            default: Assert.Fail($"'{kind}' is not compared."); break;
        }
    }

    private static void L2Sp(Case one)
    {
        one.Allow("alpha", "beta");
        JsonElement inputs = one.Golden.GetProperty("inputs");
        bool isAtStart = !inputs.TryGetProperty("w", out _);
        Tensor start = one.Input("w0");
        Tensor weight = (isAtStart ? start.clone() : one.Input("w")).requires_grad_(true);
        Tensor head = one.Input("head").requires_grad_(true);
        Tensor value = WeightDistance.Of([(weight, start)], [head], one.Number("alpha"), one.Number("beta"));
        one.Check(("value", value), ("gradient_w", null), ("gradient_head", null));
        one.Gradients(value, ("gradient_w", weight), ("gradient_head", head));
    }

    private static void Delta(Case one)
    {
        one.Allow("attention");
        Tensor map = one.Input("fa").requires_grad_(true), source = one.Input("fb");
        double[] weights = GoldenNumbers.Doubles(one.Golden.GetProperty("attention"));
        using Tensor? attention = weights.All(weight => weight == 1) ? null : tensor(weights);
        Tensor squared = FeatureDistance.Squared(map, source);
        Tensor value = FeatureDistance.Weighted(squared, attention, map.size(2) * map.size(3));
        one.Check(("value", value), ("distances_squared", squared), ("gradient_fa", null));
        one.Gradients(value, ("gradient_fa", map));
    }

    private static void Spectral(Case one, bool isLargest)
    {
        one.Allow("k");
        Tensor features = one.Input(one.Golden.GetProperty("inputs").EnumerateObject().Single().Name).requires_grad_(true);
        Tensor value = SpectralPenalty.Of(features, one.Golden.GetProperty("k").GetInt32(), isLargest);
        one.Check(("value", value), ("singular_values", SpectralPenalty.Values(features)), ("gradient_f", null));
        one.Gradients(value, ("gradient_f", features));
    }

    private static Tensor Relation(JsonElement golden)
    {
        Tensor probabilities = GoldenNumbers.Table(GoldenNumbers.Rows(golden.GetProperty("probabilities")));
        int[] labels = GoldenNumbers.Ints(golden.GetProperty("labels"));
        using ClassRelationship relationship = new(labels.Max() + 1);
        relationship.Add(probabilities, Labels(labels));
        return relationship.Exact(number => $"{number}");
    }

    private static Tensor Labels(int[] labels) => tensor([.. labels.Select(label => (long)label)]);

    private static void Relationship(Case one)
    {
        one.Allow("labels", "probabilities");
        one.Check(("relationship", Relation(one.Golden)));
    }

    private static void CoTuning(Case one, JsonElement root)
    {
        one.Allow("labels");
        JsonElement related = root.GetProperty("cases").EnumerateArray()
            .Single(other => other.GetProperty("regulariser").GetString() == "co_tuning_relationship");
        Tensor logits = one.Input("sourcelogits*2", "sourcelogits").mul(2).requires_grad_(true);
        Assert.Equal("relationship[label]", one.Golden.GetProperty("inputs").GetProperty("targets").GetString());
        Tensor labels = Labels(GoldenNumbers.Ints(one.Golden.GetProperty("labels")));
        Tensor each = CoTuningNumbers.Each(logits, Relation(related).index_select(0, labels));
        Tensor value = each.mean();
        one.Check(("value", value), ("each", each), ("gradient_x", null));
        one.Gradients(value, ("gradient_x", logits));
    }

    private static void StochNorm(Case one)
    {
        one.Allow("mask", "eps", "momentum");
        Tensor x = one.Input("bnx*2+0.5", "bnx").mul(2).add(0.5).requires_grad_(true);
        long channels = x.size(1);
        Tensor weight = one.Formula("weight", "1+0.5*bnw", "bnw", channels).mul(0.5).add(1).requires_grad_(true);
        Tensor bias = one.Formula("bias", "0.1*bnb", "bnb", channels).mul(0.1).requires_grad_(true);
        Tensor mean = one.Formula("running_mean", "0.1*bnrm", "bnrm", channels).mul(0.1);
        Tensor variance = one.Formula("running_var", "1+0.5*bnrv", "bnrv", channels).mul(0.5).add(1);
        Tensor mask = tensor([.. GoldenNumbers.Ints(one.Golden.GetProperty("mask")).Select(chosen => chosen == 1)]);
        Tensor output = StochasticNorm.Run(x, mask, mean, variance, weight, bias, one.Number("momentum"), one.Number("eps"));
        Tensor value = output.mul(linspace(-1, 1, output.numel(), float64).view(output.shape)).sum();
        one.Check(
            ("output", output), ("value", value), ("new_running_mean", mean), ("new_running_var", variance),
            ("gradient_x", null), ("gradient_w", null), ("gradient_b", null));
        one.Gradients(value, ("gradient_x", x), ("gradient_w", weight), ("gradient_b", bias));
    }

    private static void Hint(Case one)
    {
        Tensor map = one.Input("fa").requires_grad_(true), hint = one.Input("hint");
        Tensor weight = one.Input("regressor.weight").requires_grad_(true), bias = one.Input("regressor.bias").requires_grad_(true);
        Tensor regressed = nn.functional.conv2d(map, weight, bias);
        Tensor value = FeatureDistance.Hint(regressed, hint);
        one.Check(("value", value), ("regressed", regressed), ("gradient_s", null), ("gradient_w", null), ("gradient_b", null));
        one.Gradients(value, ("gradient_s", map), ("gradient_w", weight), ("gradient_b", bias));
    }

    private static void AttentionTransfer(Case one)
    {
        bool isZero = one.Golden.GetProperty("inputs").TryGetProperty("zeros", out JsonElement shape);
        Tensor map = isZero ? zeros([.. shape.EnumerateArray().Select(size => size.GetInt64())], float64) : one.Input("fa");
        Tensor student = map.requires_grad_(true), teacher = one.Input("hint");
        Tensor value = FeatureDistance.AttentionTransfer(student, teacher);
        one.Check(("value", value), ("student_map", FeatureDistance.Attention(student)), ("gradient_s", null));
        one.Gradients(value, ("gradient_s", student));
    }

    /// <summary>One case: its inputs, and its expected fields, none of which may be unknown.</summary>
    private sealed class Case(JsonElement golden, GoldenNumbers numbers)
    {
        private static readonly string[] OfAll = ["regulariser", "inputs", "expected", "note"];

        public JsonElement Golden { get; } = golden;

        private JsonElement Expected => Golden.GetProperty("expected");

        public double Number(string name) => Golden.GetProperty(name).GetDouble();

        public void Allow(params string[] fields)
            => Assert.Empty(Golden.EnumerateObject().Select(field => field.Name).Except([.. OfAll, .. fields]));

        public Tensor Input(string field, string? name = null) => numbers.Centred(
            $"reg:{name ?? field}",
            [.. Golden.GetProperty("inputs").GetProperty(field).EnumerateArray().Select(size => size.GetInt64())]);

        public Tensor Formula(string field, string formula, string name, long count)
        {
            Assert.Equal(formula, Golden.GetProperty("inputs").GetProperty(field).GetString());
            return numbers.Centred($"reg:{name}", count);
        }

        /// <summary>Compares all expected fields; those given as null are gradients, compared after.</summary>
        public void Check(params (string Name, Tensor? Value)[] fields)
        {
            Assert.Equal(
                fields.Select(field => field.Name).Order(StringComparer.Ordinal),
                Expected.EnumerateObject().Select(field => field.Name).Order(StringComparer.Ordinal));
            Assert.All(
                fields.Where(field => field.Value is not null),
                field => GoldenNumbers.Equal(Expected.GetProperty(field.Name), field.Value!));
        }

        public void Gradients(Tensor value, params (string Name, Tensor Leaf)[] leaves)
        {
            value.backward();
            Assert.All(leaves, leaf => GoldenNumbers.Equal(Expected.GetProperty(leaf.Name), leaf.Leaf.grad!));
        }
    }
}
