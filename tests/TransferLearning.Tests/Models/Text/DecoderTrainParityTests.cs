using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

/// <summary>Three AdamW steps of a small GPT-2 (Fixtures/Parity/text/README.md, "Training").</summary>
[Trait("Category", "Parity")]
public sealed class DecoderTrainParityTests
{
    public static TheoryData<string> Cases
        => [.. Directory.GetFiles(ParityFolder.File("text/train"), "gpt2*.json").Select(file => Path.GetFileNameWithoutExtension(file)!)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Takes_the_steps_of_the_reference(string file)
    {
        using SequenceGolden golden = new($"train/{file}");
        JsonElement root = golden.Root;
        using DisposeScope scope = NewDisposeScope();
        ModelConfig config = golden.Config.With("embd_pdrop", 0).With("attn_pdrop", 0).With("resid_pdrop", 0);
        using TextNetwork network = (TextNetwork)ConfigCatalog.Of(config).Build(config, new HeadSpec(HeadKind.Vocabulary));
        golden.Fill(network);
        network.train();
        (string Name, Tensor Parameter)[] all = [.. network.named_parameters().Select(entry => (entry.name, (Tensor)entry.parameter))];
        Dictionary<string, Tensor> start = all.ToDictionary(entry => entry.Name, entry => entry.Parameter.detach().to(float64));
        JsonElement rule = root.GetProperty("optimizer");
        using OptimizerState optimizer = new AdamW(
            rule.GetProperty("lr").GetDouble(),
            weightDecay: rule.GetProperty("weight_decay").GetDouble()).CreateState([new ParameterGroup("all", all)]);
        CausalLanguageModeling task = new();
        ForwardPass pass = new(network, TransferLearning.Device.Cpu);
        double Loss(JsonElement batch, bool learns)
        {
            int[][] rows =
            [
                .. batch
                    .GetProperty("input_ids")
                    .EnumerateArray()
                    .Select(row => Array.ConvertAll(SequenceGolden.Numbers(row), id => (int)id))
            ];
            TokenInput input = TokenInput.FromRows(rows, 0);
            using Batch texts = new(input, task.CollateTargets([], input), [], [.. Enumerable.Range(0, rows.Length)]);
            Tensor loss = task.Compute(pass, texts).Loss;
            if (learns)
            {
                loss.backward();
            }

            return loss.item<float>();
        }

        JsonElement[] batches = [.. root.GetProperty("batches").EnumerateArray()];
        List<double> losses = [], norms = [];
        Dictionary<string, double> first = [];
        foreach (JsonElement batch in batches)
        {
            optimizer.ZeroGrad();
            losses.Add(Loss(batch, learns: true));
            Dictionary<string, double> own = all.ToDictionary(
                entry => entry.Name, entry => entry.Parameter.grad!.to(float64).norm().item<double>());
            norms.Add(Math.Sqrt(own.Values.Sum(norm => norm * norm)));
            first = first.Count == 0 ? own : first;
            optimizer.Step();
        }

        using IDisposable guard = no_grad();
        golden.CheckNumbers("losses", root.GetProperty("losses"), losses);
        golden.CheckNumbers("losses after", root.GetProperty("losses_after"), [.. batches.Select(batch => Loss(batch, learns: false))]);
        golden.CheckNumbers("gradient norms", root.GetProperty("global_grad_norms"), norms);
        Dictionary<string, Tensor> byName = all.ToDictionary(entry => entry.Name, entry => entry.Parameter);
        foreach (JsonElement record in root.GetProperty("parameters").EnumerateArray())
        {
            string name = record.GetProperty("name").GetString()!;
            Tensor now = byName[name].detach().to(float64);
            golden.Close(
                $"gradient of {name}",
                record.GetProperty("grad_norm_step1").GetDouble(),
                first[name],
                record.GetProperty("grad_tolerance").GetDouble());
            golden.Close(
                $"way of {name}",
                record.GetProperty("moved").GetDouble(),
                now.sub(start[name]).norm().item<double>(),
                record.GetProperty("moved_tolerance").GetDouble());
            double[] expected = ParityModel.Numbers(record.GetProperty("first4")), values = [.. now.flatten().data<double>().Take(4)];
            for (int i = 0; i < expected.Length; i++)
            {
                golden.Close($"value {i} of {name}", expected[i], values[i], record.GetProperty("first4_tolerance").GetDouble());
            }
        }
    }
}
