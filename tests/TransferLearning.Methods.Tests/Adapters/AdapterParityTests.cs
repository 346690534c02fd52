using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

/// <summary>
/// Every case and field of the adapters in Fixtures/Parity/methods/adapters.json: outputs, gradients, three steps of AdamW, folded weights.
/// </summary>
[Trait("Category", "Parity")]
public sealed class AdapterParityTests
{
    private const string Golden = "methods/adapters.json";

    private static readonly string[] Known =
    [
        "adapter", "id", "r", "alpha", "scaling", "zero", "note", "trained", "parameters", "x", "target", "expected", "kernel", "stride",
        "padding", "norm_detached", "magnitude", "feedforward", "ia3_l", "heads", "layer_norm_eps", "causal", "prefix",
    ];

    public static TheoryData<int, string, ScalarType> Cases
    {
        get
        {
            using JsonDocument document = ParityFolder.Json(Golden);
            TheoryData<int, string, ScalarType> cases = [];
            foreach ((int i, JsonElement one) in document.RootElement.GetProperty("cases").EnumerateArray().Index())
            {
                cases.Add(i, one.GetProperty("id").GetString()!, ScalarType.Float64);
                cases.Add(i, one.GetProperty("id").GetString()!, ScalarType.Float32);
            }

            return cases;
        }
    }

    [Fact]
    public void Every_part_of_the_golden_is_known()
    {
        using JsonDocument document = ParityFolder.Json(Golden);
        Assert.Equal("parity-adapters/1", document.RootElement.GetProperty("schema").GetString());
        Assert.All(
            document.RootElement.EnumerateObject(),
            field => Assert.Contains(field.Name, new[] { "schema", "salt", "definition", "gain", "optimizer", "cases", "bitfit" }));
        Assert.All(
            document.RootElement.GetProperty("cases").EnumerateArray().SelectMany(one => one.EnumerateObject()),
            field => Assert.Contains(field.Name, Known));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Outputs_gradients_steps_and_folded_weights_equal_the_reference(int number, string id, ScalarType type)
    {
        using JsonDocument document = ParityFolder.Json(Golden);
        using DisposeScope scope = NewDisposeScope();
        JsonElement golden = document.RootElement.GetProperty("cases")[number];
        Assert.Equal(id, golden.GetProperty("id").GetString());
        using AdapterCase one = new(document.RootElement, golden, type);
        Dictionary<string, Tensor> actual = Run(document.RootElement.GetProperty("optimizer"), one, golden, type);
        JsonElement expected = golden.GetProperty("expected");
        Assert.Equal(expected.EnumerateObject().Select(field => field.Name).Order(), actual.Keys.Order());
        foreach (JsonProperty field in expected.EnumerateObject())
        {
            double tolerance = field.Value.GetProperty("tolerance").GetDouble();
            double largest = actual[field.Name].abs().max().ToDouble();

            // AdamW's first steps are signs of gradients, so tiny gradients make parameters differ by more.
            double exact = Math.Max((field.Name.StartsWith("after:", StringComparison.Ordinal) ? 1e-7 : 1e-8) * largest, 1e-11);
            GoldenNumbers.Equal(field.Value, actual[field.Name], type == ScalarType.Float64 ? exact : tolerance);
        }
    }

    private static Dictionary<string, Tensor> Run(JsonElement rule, AdapterCase one, JsonElement golden, ScalarType type)
    {
        Dictionary<string, Tensor> actual = [];
        IReadOnlyList<(string Name, Tensor Parameter)> trained = one.Train();
        Assert.Equal("AdamW", rule.GetProperty("name").GetString());
        double[] betas = GoldenNumbers.Doubles(rule.GetProperty("betas"));
        using OptimizerState optimizer = new AdamW(
            rule.GetProperty("lr").GetDouble(),
            beta1: betas[0],
            beta2: betas[1],
            epsilon: rule.GetProperty("eps").GetDouble(),
            weightDecay: rule.GetProperty("weight_decay").GetDouble()).CreateState([new ParameterGroup("all", trained)]);
        Tensor x = one.Numbers("x", "x").to(type), target = one.Numbers("t", "target").to(type);
        foreach (JsonProperty field in golden.GetProperty("expected").EnumerateObject())
        {
            if (field.Name.StartsWith("merged:", StringComparison.Ordinal))
            {
                actual.Add(field.Name, one.Merged(field.Name["merged:".Length..]).clone());
            }
        }

        List<Tensor> losses = [];
        for (int step = 0; step < rule.GetProperty("steps").GetInt32(); step++)
        {
            optimizer.ZeroGrad();
            Tensor input = x.clone().requires_grad_(step == 0);
            Tensor output = one.Forward(input);
            Tensor loss = Loss(output, target);
            loss.backward();
            losses.Add(loss.detach());
            if (step == 0)
            {
                actual.Add("output", output.detach());
                actual.Add("gradient_input", input.grad!);
                foreach ((string name, Tensor parameter) in trained)
                {
                    actual.Add($"gradient:{name}", parameter.grad!.clone().view(one.Parameters[name].Shape));
                }
            }

            optimizer.Step();
        }

        using IDisposable guard = no_grad();
        losses.Add(Loss(one.Forward(x), target));
        actual.Add("losses", stack(losses));
        foreach ((string name, Tensor parameter) in trained)
        {
            actual.Add($"after:{name}", parameter.detach().view(one.Parameters[name].Shape));
        }

        return actual;
    }

    private static Tensor Loss(Tensor output, Tensor target) => output.sub(target).square().mean().mul(0.5);
}
