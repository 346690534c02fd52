using System.Text.Json;
using TorchSharp;

namespace TransferLearning.Tests;

/// <summary>Every optimiser run of optimizers.json: twenty steps on a quadratic, in float64 and float32.</summary>
[Trait("Category", "Parity")]
public sealed class OptimizerParityTests
{
    private static readonly JsonDocument Golden = ParityFolder.Json("optimizers.json");

    public static TheoryData<string, bool> Runs()
    {
        TheoryData<string, bool> runs = [];
        foreach (JsonElement run in Golden.RootElement.GetProperty("cases").EnumerateArray())
        {
            runs.Add(run.GetProperty("id").GetString()!, false);
            runs.Add(run.GetProperty("id").GetString()!, true);
        }

        return runs;
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void Takes_the_steps_of_PyTorch(string id, bool isDouble)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        JsonElement golden = Golden.RootElement;
        JsonElement run = golden.GetProperty("cases").EnumerateArray().Single(c => c.GetProperty("id").GetString() == id);
        torch.ScalarType type = isDouble ? torch.float64 : torch.float32;
        torch.Tensor a = torch.tensor(Numbers(golden, "a"), type), b = torch.tensor(Numbers(golden, "b"), type);
        List<ParameterGroup> groups = Groups(run, torch.tensor(Numbers(golden, "x0"), type));
        torch.Tensor[] parameters = [.. groups.SelectMany(g => g.Parameters).Select(p => p.Parameter)];
        GradientClipping? clipping = Clipping(run);
        using OptimizerState state = Create(run.GetProperty("optimizer").GetString()!, run.GetProperty("args")).CreateState(groups);
        double tolerance = run.GetProperty(isDouble ? "tolerance_f64" : "tolerance_f32").GetDouble();
        int step = 0;
        foreach (JsonElement expected in run.GetProperty(isDouble ? "x_f64" : "x_f32").EnumerateArray())
        {
            state.ZeroGrad();
            (0.5 * (a * (torch.cat(parameters) - b).pow(2)).sum()).backward();
            clipping?.Apply(parameters);
            state.Step();
            double[] actual = torch.cat(parameters).detach().to(torch.float64).data<double>().ToArray();
            double[] wanted = [.. expected.EnumerateArray().Select(v => v.GetDouble())];
            Assert.Equal(wanted.Length, actual.Length);
            for (int i = 0; i < wanted.Length; i++)
            {
                double gap = Math.Abs(wanted[i] - actual[i]);
                Assert.True(gap <= tolerance, $"{id}, step {step}, element {i}: {actual[i]:R}, PyTorch has {wanted[i]:R}.");
            }

            step++;
        }

        Assert.Equal(golden.GetProperty("steps").GetInt32(), step);
    }

    private static double[] Numbers(JsonElement element, string name)
        => [.. element.GetProperty(name).EnumerateArray().Select(v => v.GetDouble())];

    private static List<ParameterGroup> Groups(JsonElement run, torch.Tensor start)
    {
        if (!run.TryGetProperty("groups", out JsonElement groups))
        {
            return [new ParameterGroup("all", [("x", start.clone().requires_grad_())])];
        }

        double baseRate = run.GetProperty("args").GetProperty("lr").GetDouble();
        List<ParameterGroup> result = [];
        foreach (JsonElement part in groups.EnumerateArray())
        {
            long[] elements = [.. part.GetProperty("elements").EnumerateArray().Select(v => v.GetInt64())];
            Assert.Equal(elements, Enumerable.Range((int)elements[0], elements.Length).Select(i => (long)i));
            torch.Tensor values = start.narrow(0, elements[0], elements.Length).clone().requires_grad_();
            result.Add(new ParameterGroup(
                $"group {result.Count}",
                [($"x{result.Count}", values)],
                part.TryGetProperty("lr", out JsonElement rate) ? rate.GetDouble() / baseRate : 1,
                part.TryGetProperty("weight_decay", out JsonElement decay) ? decay.GetDouble() : null));
        }

        return result;
    }

    private static GradientClipping? Clipping(JsonElement run)
    {
        if (!run.TryGetProperty("clip", out JsonElement clip))
        {
            return null;
        }

        double maximum = clip.GetProperty("max").GetDouble();
        return clip.GetProperty("kind").GetString() switch
        {
            "norm" => new ClipByNorm(maximum),
            "value" => new ClipByValue(maximum),
            string other => throw new InvalidDataException($"Unknown clipping '{other}'."),
            null => throw new InvalidDataException("A clipping without a kind."),
        };
    }

    private static Optimizer Create(string kind, JsonElement arguments)
    {
        GoldenArguments options = new(arguments);
        double[]? betas = options.List("betas");
        Optimizer optimizer = kind switch
        {
            "SGD" => new Sgd(
                options.Number("lr", 0.001), options.Number("momentum", 0), options.Number("dampening", 0),
                options.Number("weight_decay", 0), options.Flag("nesterov")),
            "Adam" => new Adam(
                options.Number("lr", 0.001), betas?[0] ?? 0.9, betas?[1] ?? 0.999, options.Number("eps", 1e-8),
                options.Number("weight_decay", new Adam().WeightDecay), options.Flag("amsgrad")),
            "AdamW" => new AdamW(
                options.Number("lr", 0.001), betas?[0] ?? 0.9, betas?[1] ?? 0.999, options.Number("eps", 1e-8),
                options.Number("weight_decay", new AdamW().WeightDecay), options.Flag("amsgrad")),
            "RMSprop" => new RmsProp(
                options.Number("lr", 0.01), options.Number("alpha", new RmsProp().Alpha), options.Number("eps", 1e-8),
                options.Number("weight_decay", 0), options.Number("momentum", 0), options.Flag("centered")),
            "Adagrad" => new Adagrad(
                options.Number("lr", 0.01), options.Number("lr_decay", 0), options.Number("weight_decay", 0),
                options.Number("initial_accumulator_value", 0), options.Number("eps", new Adagrad().Epsilon)),
            _ => throw new InvalidDataException($"Unknown optimiser '{kind}'."),
        };
        options.AssertAllUsed();
        return optimizer;
    }
}
