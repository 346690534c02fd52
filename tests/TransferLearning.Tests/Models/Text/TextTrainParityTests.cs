using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

/// <summary>
/// Three AdamW steps of small encoders, all of it or LoRA weights only (Fixtures/Parity/text/README.md, "Training").
/// </summary>
[Trait("Category", "Parity")]
public sealed class TextTrainParityTests
{
    public static TheoryData<string> Cases => new(Directory.GetFiles(ParityFolder.File("text/train"), "*.json")
        .Where(IsClassification)
        .Select(file => Path.GetFileNameWithoutExtension(file)!)
        .Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Takes_the_steps_of_the_reference(string file)
    {
        using SequenceGolden golden = new($"train/{file}");
        JsonElement root = golden.Root;
        ModelConfig config = golden.Config
            .With("model_type", "bert")
            .With("hidden_dropout_prob", 0)
            .With("attention_probs_dropout_prob", 0);
        using DisposeScope scope = NewDisposeScope();
        using TextNetwork network = (TextNetwork)ConfigCatalog
            .Of(config)
            .Build(config, new HeadSpec(HeadKind.Pooled, root.GetProperty("num_labels").GetInt32()));
        golden.Fill(network);
        network.train();
        if (root.TryGetProperty("rank", out JsonElement rank))
        {
            Attach(golden, network, rank.GetInt32());
        }

        HashSet<string>? trained = root.TryGetProperty("trained", out JsonElement names)
            ? [.. names.EnumerateArray().Select(name => name.GetString()!)]
            : null;
        foreach ((string name, TorchSharp.Modules.Parameter parameter) in network.named_parameters())
        {
            parameter.requires_grad = trained?.Contains(name) ?? true;
        }

        (string Name, Tensor Parameter)[] all =
        [
            .. network
                .named_parameters()
                .Where(entry => entry.parameter.requires_grad)
                .Select(entry => (entry.name, (Tensor)entry.parameter))
        ];
        Assert.Equal(trained?.Count ?? network.State().Count, all.Length);
        Steps(golden, network, all);
        if (root.TryGetProperty("merged_minus_unmerged", out JsonElement merged))
        {
            CheckMerged(golden, network, merged.GetProperty("tolerance_f32").GetDouble());
        }
    }

    private static void Steps(SequenceGolden golden, TextNetwork network, (string Name, Tensor Parameter)[] trained)
    {
        JsonElement root = golden.Root;
        Dictionary<string, Tensor> start = trained.ToDictionary(
            entry => entry.Name, entry => entry.Parameter.detach().to(ScalarType.Float64).clone());
        JsonElement rule = root.GetProperty("optimizer");
        using OptimizerState optimizer = new AdamW(
            rule.GetProperty("lr").GetDouble(),
            weightDecay: rule.GetProperty("weight_decay").GetDouble()).CreateState([new ParameterGroup("all", trained)]);
        JsonElement[] batches = [.. root.GetProperty("batches").EnumerateArray()];
        List<double> losses = [], norms = [];
        Dictionary<string, double> first = [];
        foreach (JsonElement batch in batches)
        {
            optimizer.ZeroGrad();
            Tensor loss = Loss(network, batch);
            loss.backward();
            losses.Add(loss.item<float>());
            Dictionary<string, double> own = trained.ToDictionary(
                entry => entry.Name, entry => entry.Parameter.grad is { } grad ? grad.to(ScalarType.Float64).norm().item<double>() : 0);
            norms.Add(Math.Sqrt(own.Values.Sum(norm => norm * norm)));
            first = first.Count == 0 ? own : first;
            optimizer.Step();
        }

        using IDisposable guard = no_grad();
        golden.CheckNumbers("losses", root.GetProperty("losses"), losses);
        golden.CheckNumbers(
            "losses after", root.GetProperty("losses_after"), [.. batches.Select(batch => (double)Loss(network, batch).item<float>())]);
        golden.CheckNumbers("gradient norms", root.GetProperty("global_grad_norms"), norms);
        Dictionary<string, Tensor> byName = trained.ToDictionary(entry => entry.Name, entry => entry.Parameter);
        foreach (JsonElement record in root.GetProperty("parameters").EnumerateArray())
        {
            string name = record.GetProperty("name").GetString()!;
            double[] values = [.. byName[name].detach().flatten().to(ScalarType.Float64).data<double>()];
            golden.Close(
                $"gradient of {name}",
                record.GetProperty("grad_norm_step1").GetDouble(),
                first[name],
                record.GetProperty("grad_tolerance").GetDouble());
            golden.Close(
                $"way of {name}",
                record.GetProperty("moved").GetDouble(),
                (byName[name].detach().to(ScalarType.Float64) - start[name]).norm().item<double>(),
                record.GetProperty("moved_tolerance").GetDouble());
            double[] expected = ParityModel.Numbers(record.GetProperty("first4"));
            for (int i = 0; i < expected.Length; i++)
            {
                golden.Close($"{name}[{i}]", expected[i], values[i], record.GetProperty("first4_tolerance").GetDouble());
            }
        }
    }

    private static void Attach(SequenceGolden golden, TextNetwork network, int rank)
    {
        JsonElement root = golden.Root;
        using IDisposable guard = no_grad();
        using TokenInput inputs = EncoderParityTests.Inputs(root.GetProperty("batches")[0]);
        Tensor plain = network.call(inputs);
        LoraOptions plan = new()
        {
            Rank = rank,
            Alpha = root.GetProperty("alpha").GetDouble(),
            Dropout = root.GetProperty("dropout").GetDouble(),
            Targets = [.. root.GetProperty("targets").EnumerateArray().Select(target => target.GetString()!)],
        };
        AdapterPlan.Attach(network, plan, 0);
        foreach (
            (string name, Tensor tensor) in network.State().Where(entry => entry.Key.EndsWith("lora_A.weight", StringComparison.Ordinal)))
        {
            new ParityFill(golden.Salt, root.GetProperty("gain").GetDouble())
                .Values(name, "matrix", tensor.shape)
                .CopyTo(NativeFloats.Of(tensor));
        }

        Assert.Equal(0, (network.call(inputs) - plain).abs().max().item<float>());
    }

    private static void CheckMerged(SequenceGolden golden, TextNetwork network, double tolerance)
    {
        using IDisposable guard = no_grad();
        using TokenInput inputs = EncoderParityTests.Inputs(golden.Root.GetProperty("batches")[0]);
        Tensor before = network.call(inputs);
        golden.Check("logits", golden.Root.GetProperty("logits_after_batch0"), before);
        AdapterPlan.Merge(network);
        Assert.DoesNotContain(network.State(), entry => AdapterPlan.IsAdapterWeight(entry.Key));
        golden.Close("merged", 0, (network.call(inputs) - before).abs().max().item<float>(), tolerance);
    }

    private static Tensor Loss(TextNetwork network, JsonElement batch)
    {
        using TokenInput inputs = EncoderParityTests.Inputs(batch);
        return nn.functional.cross_entropy(network.call(inputs), tensor(SequenceGolden.Numbers(batch.GetProperty("labels"))));
    }

    private static bool IsClassification(string file)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(file));
        return document.RootElement.TryGetProperty("num_labels", out _);
    }
}
