using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

/// <summary>
/// Three AdamW steps on sounds (Fixtures/Parity/speech/README.md). In float64 nothing is left of rounding; in float32 what is continuous is
/// held: the first loss.
/// </summary>
[Trait("Category", "Parity")]
public sealed class SpeechTrainParityTests
{
    [Theory]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.Float32)]
    public void Wav2vec_with_ctc_takes_the_steps_of_the_reference(ScalarType precision)
    {
        using SequenceGolden golden = new("train/wav2vec2_mini_ctc", "speech");
        using SequenceGolden names = new("models/wav2vec2_mini_group_norm", "speech");
        using DisposeScope scope = NewDisposeScope();
        ModelConfig config = names.Config.With("mask_time_prob", 0).With("layerdrop", 0).With("final_dropout", 0);
        foreach (string dropout in new[] { "hidden_dropout", "attention_dropout", "activation_dropout" })
        {
            config = config.With(dropout, 0);
        }

        using SpeechNetwork network = (SpeechNetwork)ConfigCatalog.Of(config).Build(config, new HeadSpec(HeadKind.Vocabulary));
        golden.Fill(network, names: names.Fills);
        network.to(precision);
        network.train();
        Check(golden, network, precision, entry => names.Fills[entry].Name, batch =>
        {
            using AudioInput input = Recordings.Padded(
                [.. batch.GetProperty("wavs").EnumerateArray().Select(wav => wav.GetString()!)], precision);
            long[][] targets = [.. batch.GetProperty("targets").EnumerateArray().Select(SequenceGolden.Numbers)];
            return nn.functional.ctc_loss(
                network.call(input).log_softmax(-1).transpose(0, 1), tensor([.. targets.SelectMany(row => row)]),
                network.FrameLengths(input)!, tensor([.. targets.Select(row => (long)row.Length)]));
        });
    }

    [Theory]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.Float32)]
    public void Convolutions_over_log_mel_frames_take_the_steps_of_the_reference(ScalarType precision)
    {
        using SequenceGolden golden = new("train/log_mel_cnn", "speech");
        using DisposeScope scope = NewDisposeScope();
        using Frames network = new();
        foreach (JsonElement row in golden.Root.GetProperty("state_dict").EnumerateArray())
        {
            string name = row[0].GetString()!;
            Tensor parameter = network.get_parameter(name)!;
            new ParityFill(golden.Salt, golden.Root.GetProperty("gain").GetDouble())
                .Values(name, row[3].GetString()!, parameter.shape).CopyTo(NativeFloats.Of(parameter));
        }

        network.to(precision);
        Check(golden, network, precision, name => name, batch =>
        {
            Tensor mel = stack(batch.GetProperty("wavs").EnumerateArray().Select(
                wav => Recordings.LogMel(wav.GetString()!, 10240, 80))).unsqueeze(1);
            double[] sums = [.. mel.to(float64).sum([1, 2, 3]).data<double>()];
            double[] expected = ParityModel.Numbers(batch.GetProperty("mel_sums"));
            for (int i = 0; i < sums.Length; i++)
            {
                golden.Close($"sum of spectrogram {i}", expected[i], sums[i], 0.01);
            }

            return nn.functional.cross_entropy(
                network.call(mel.to(precision)), tensor(SequenceGolden.Numbers(batch.GetProperty("labels"))));
        });
    }

    private static void Check(
        SequenceGolden golden, nn.Module network, ScalarType precision, Func<string, string> named, Func<JsonElement, Tensor> loss)
    {
        JsonElement root = golden.Root;
        JsonElement[] batches = [.. root.GetProperty("batches").EnumerateArray()];
        if (precision == ScalarType.Float32)
        {
            using IDisposable nothing = no_grad();
            golden.Close(
                "first loss", root.GetProperty("losses").GetProperty("f64")[0].GetDouble(), loss(batches[0]).item<float>(),
                root.GetProperty("losses").GetProperty("tolerance")[0].GetDouble());
            return;
        }

        (string Name, Tensor Parameter)[] all =
            [.. network.named_parameters().Where(entry => !entry.name.EndsWith("masked_spec_embed", StringComparison.Ordinal))
                .Select(entry => (named(entry.name), (Tensor)entry.parameter))];
        Dictionary<string, Tensor> start = all.ToDictionary(entry => entry.Name, entry => entry.Parameter.detach().clone());
        JsonElement rule = root.GetProperty("optimizer");
        using OptimizerState optimizer = new AdamW(
            rule.GetProperty("lr").GetDouble(), weightDecay: rule.GetProperty("weight_decay").GetDouble())
            .CreateState([new ParameterGroup("all", all)]);
        List<double> losses = [], norms = [];
        Dictionary<string, double> first = [];
        foreach (JsonElement batch in batches)
        {
            optimizer.ZeroGrad();
            Tensor value = loss(batch);
            value.backward();
            losses.Add(value.item<double>());
            Dictionary<string, double> own = all.ToDictionary(entry => entry.Name, entry => entry.Parameter.grad!.norm().item<double>());
            norms.Add(Math.Sqrt(own.Values.Sum(norm => norm * norm)));
            first = first.Count == 0 ? own : first;
            optimizer.Step();
        }

        using IDisposable guard = no_grad();
        golden.CheckNumbers("losses", root.GetProperty("losses"), losses);
        golden.CheckNumbers("losses after", root.GetProperty("losses_after"), [.. batches.Select(batch => loss(batch).item<double>())]);
        golden.CheckNumbers("gradient norms", root.GetProperty("global_grad_norms"), norms);
        Dictionary<string, Tensor> now = all.ToDictionary(entry => entry.Name, entry => entry.Parameter);
        foreach (JsonElement record in root.GetProperty("parameters").EnumerateArray())
        {
            string name = record.GetProperty("name").GetString()!;
            golden.Close(
                $"gradient of {name}", record.GetProperty("grad_norm_step1").GetDouble(), first[name],
                record.GetProperty("grad_tolerance").GetDouble());
            golden.Close(
                $"way of {name}", record.GetProperty("moved").GetDouble(), now[name].sub(start[name]).norm().item<double>(),
                record.GetProperty("moved_tolerance").GetDouble());
            double[] expected = ParityModel.Numbers(record.GetProperty("first4"));
            double[] found = [.. now[name].flatten().data<double>().Take(expected.Length)];
            for (int i = 0; i < expected.Length; i++)
            {
                golden.Close($"value {i} of {name}", expected[i], found[i], record.GetProperty("first4_tolerance").GetDouble());
            }
        }
    }

    private sealed class Frames : nn.Module<Tensor, Tensor>
    {
        [TorchSharp.Utils.ComponentName(Name = "conv1")]
        private readonly Conv2d _first = new(1, 8, 3, padding: 1, bias: true);

        [TorchSharp.Utils.ComponentName(Name = "conv2")]
        private readonly Conv2d _second = new(8, 16, 3, padding: 1, bias: true);

        [TorchSharp.Utils.ComponentName(Name = "fc")]
        private readonly Linear _last = new(16, 10);

        public Frames()
            : base(nameof(Frames)) => RegisterComponents();

        public override Tensor forward(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor x = nn.functional.max_pool2d(_first.call(input).relu(), 2);
            x = nn.functional.max_pool2d(_second.call(x).relu(), 2);
            return _last.call(x.mean([2, 3])).MoveToOuterDisposeScope();
        }
    }
}
