using System.Text.Json;
using TorchSharp;
using TransferLearning.Layers;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

/// <summary>Averages of weights and of statistics held against a float64 reference (Fixtures/Parity/methods/averaging.json): every case,
/// every field.</summary>
[Trait("Category", "Parity")]
public sealed class AveragingParityTests : IDisposable
{
    private readonly JsonDocument _document = ParityFolder.Json("methods/averaging.json");
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly GoldenNumbers _numbers;

    public AveragingParityTests() => _numbers = new GoldenNumbers(Root.GetProperty("salt").GetString()!);

    private JsonElement Root => _document.RootElement;

    public void Dispose()
    {
        _scope.Dispose();
        _document.Dispose();
    }

    [Fact]
    public void Every_section_of_the_file_is_compared()
        => Fields(
            Root, "schema", "salt", "definition", "weights", "ema", "torchvision_decay", "swa", "wise_ft", "soups", "batch_norm");

    [Fact]
    public void Moving_averages_equal_the_reference()
    {
        Tensor weights = Weights();
        int steps = (int)weights.size(0) - 1;
        Assert.All(Root.GetProperty("ema").EnumerateArray(), golden =>
        {
            string rule = golden.GetProperty("rule").GetString()!;
            double decay = golden.GetProperty("decay").GetDouble();
            AveragingPace pace = new(steps, 1, 1, 1);
            WeightAveraging average;
            switch (rule)
            {
                case "timm ModelEmaV3":
                    Fields(
                        golden, "rule", "decay", "min_decay", "update_after_step", "use_warmup", "warmup_gamma", "warmup_power", "decays",
                        "expected");
                    average = new TimmMovingAverage(decay)
                    {
                        MinimumDecay = golden.GetProperty("min_decay").GetDouble(),
                        UpdateAfterStep = golden.GetProperty("update_after_step").GetInt32(),
                        WarmUp = golden.GetProperty("use_warmup").GetBoolean(),
                        WarmUpGamma = golden.GetProperty("warmup_gamma").GetDouble(),
                        WarmUpPower = golden.GetProperty("warmup_power").GetDouble(),
                    };
                    break;
                case "min(decay, (1 + t) / (10 + t))":
                    Fields(golden, "rule", "decay", "decays", "expected");
                    average = new ExponentialMovingAverage(decay) { WarmUp = true, BeginsBeforeFirstStep = true };
                    break;
                case "constant":
                    Fields(golden, "rule", "decay", "expected");
                    average = new ExponentialMovingAverage(decay) { BeginsBeforeFirstStep = true };
                    break;
                case "torchvision ExponentialMovingAverage":
                    Fields(golden, "rule", "decay", "reset_until", "expected");
                    average = new TorchvisionMovingAverage(decay, everySteps: 1)
                    {
                        AdjustsDecay = false,
                        WarmUpEpochs = golden.GetProperty("reset_until").GetInt32(),
                    };
                    break;
                default:
                    Assert.Fail($"The rule '{rule}' is not compared.");
                    return;
            }

            Fields(golden.GetProperty("expected"), "averages");
            GoldenNumbers.Equal(golden.GetProperty("expected").GetProperty("averages"), Averages(average, pace, weights, first: 1));
            if (golden.TryGetProperty("decays", out JsonElement decays))
            {
                Assert.Equal(steps, decays.GetArrayLength());
                Assert.All(
                    GoldenNumbers.Doubles(decays).Select((expected, i) => (expected, i)),
                    pair => Assert.Equal(pair.expected, average.Kept(new AveragingMoment(pair.i, pair.i, 0, pace))!.Value, 1e-11));
            }
        });
    }

    [Fact]
    public void Torchvisions_decay_is_adjusted_to_the_run()
        => Assert.All(Root.GetProperty("torchvision_decay").EnumerateArray(), golden =>
        {
            Fields(golden, "batch_size", "model_ema_steps", "epochs", "world_size", "model_ema_decay", "decay_used");
            long samples = golden.GetProperty("batch_size").GetInt64() * golden.GetProperty("world_size").GetInt64();
            int every = golden.GetProperty("model_ema_steps").GetInt32(), epochs = golden.GetProperty("epochs").GetInt32();
            double decay = golden.GetProperty("model_ema_decay").GetDouble(), used = golden.GetProperty("decay_used").GetDouble();
            Assert.Equal(used, TorchvisionMovingAverage.AdjustedDecay(decay, samples, every, epochs), 1e-11);
            AveragingMoment later = new(3, 0, 2 * every, new AveragingPace(epochs, 1000, 1, samples));
            Assert.Equal(used, new TorchvisionMovingAverage(decay, every).Kept(later)!.Value, 1e-11);
        });

    [Fact]
    public void The_mean_of_the_last_weights_equals_the_reference()
    {
        Tensor weights = Weights();
        JsonElement golden = Root.GetProperty("swa");
        Fields(golden, "averages");
        int count = (int)weights.size(0);
        GoldenNumbers.Equal(
            golden.GetProperty("averages"),
            Averages(new StochasticWeightAveraging(start: 0), new AveragingPace(count, 1, 1, 1), weights, first: 0));
    }

    [Fact]
    public void Models_between_two_others_equal_the_reference()
    {
        JsonElement golden = Root.GetProperty("wise_ft");
        Fields(golden, "shapes", "x", "runs");
        Fields(golden.GetProperty("shapes"), "w1", "b1", "w2", "b2");
        long[] Shape(string name) => Sizes(golden.GetProperty("shapes").GetProperty(name));
        long[][] shapes = [Shape("w1"), Shape("b1"), Shape("w2"), Shape("b2")];
        long[] counts = [.. shapes.Select(shape => shape.Aggregate(1L, (product, size) => product * size))];
        Tensor x = _numbers.Centred("avg:x", Sizes(golden.GetProperty("x")));
        Tensor before = _numbers.Centred("avg:zero_shot", counts.Sum()), after = _numbers.Centred("avg:fine_tuned", counts.Sum());
        Assert.All(golden.GetProperty("runs").EnumerateArray(), run =>
        {
            Fields(run, "alpha", "expected");
            Fields(run.GetProperty("expected"), "weights", "logits");
            Tensor mixed = WeightMean.Between(before, after, run.GetProperty("alpha").GetDouble());
            Tensor[] parts = [.. mixed.split(counts).Zip(shapes, (part, shape) => part.view(shape))];
            Tensor hidden = nn.functional.relu(nn.functional.linear(x, parts[0], parts[1]));
            GoldenNumbers.Equal(run.GetProperty("expected").GetProperty("weights"), mixed);
            GoldenNumbers.Equal(run.GetProperty("expected").GetProperty("logits"), nn.functional.linear(hidden, parts[2], parts[3]));
        });
    }

    [Fact]
    public void Greedy_and_uniform_soups_equal_the_reference()
        => Assert.All(Root.GetProperty("soups").EnumerateArray(), golden =>
        {
            Fields(golden, ["id", "n", "d", "spread", "bias", "expected"], ["twins"]);
            JsonElement expected = golden.GetProperty("expected");
            Fields(
                expected, "scores", "order", "trials", "members", "final_score", "smallest_gap", "uniform_score", "soup", "uniform");
            (string id, int n, long d) = (
                golden.GetProperty("id").GetString()!, golden.GetProperty("n").GetInt32(), golden.GetProperty("d").GetInt64());
            Tensor target = _numbers.Centred($"avg:souptarget:{id}", d);
            Tensor candidates = _numbers.Centred($"avg:soup:{id}", n, d).mul(golden.GetProperty("spread").GetDouble()).add(target)
                .add(_numbers.Centred($"avg:soupbias:{id}", n, 1).mul(golden.GetProperty("bias").GetDouble()));
            if (golden.TryGetProperty("twins", out JsonElement twins) && twins.GetBoolean())
            {
                candidates[1].copy_(candidates[0]);
            }

            double ScoreOf(Tensor weights) => -weights.sub(target).square().mean().item<double>();
            KeyValuePair<string, Tensor>[] State(int candidate) => [new("w", candidates[candidate])];
            Tensor mixed = zeros(d, float64);
            using WeightMean mean = new();
            GreedySoup soup = GreedySoup.Choose(
                n,
                candidate => ScoreOf(candidates[candidate]),
                candidate =>
                {
                    mean.CopyTo([new("w", mixed)], State(candidate));
                    return ScoreOf(mixed);
                },
                candidate => mean.Add(State(candidate)));
            mean.CopyTo([new("w", mixed)]);
            Near(GoldenNumbers.Doubles(expected.GetProperty("scores")), soup.Scores);
            Assert.Equal(GoldenNumbers.Ints(expected.GetProperty("order")), soup.Order);
            Assert.Equal(GoldenNumbers.Ints(expected.GetProperty("members")), soup.Members);
            Near([expected.GetProperty("final_score").GetDouble()], [soup.Score]);
            Near([expected.GetProperty("final_score").GetDouble()], [ScoreOf(mixed)]);
            GoldenNumbers.Equal(expected.GetProperty("soup"), mixed);
            JsonElement[] trials = [.. expected.GetProperty("trials").EnumerateArray()];
            Assert.Equal(trials.Length, soup.Trials.Count);
            Assert.All(trials.Zip(soup.Trials), pair =>
            {
                Fields(pair.First, "candidate", "score", "kept");
                Assert.Equal(pair.First.GetProperty("candidate").GetInt32(), pair.Second.Candidate);
                Assert.Equal(pair.First.GetProperty("kept").GetBoolean(), pair.Second.IsKept);
                Near([pair.First.GetProperty("score").GetDouble()], [pair.Second.Score]);
            });

            using WeightMean all = new();
            Enumerable.Range(0, n).ToList().ForEach(candidate => all.Add(State(candidate)));
            all.CopyTo([new("w", mixed)]);
            GoldenNumbers.Equal(expected.GetProperty("uniform"), mixed);
            Near([expected.GetProperty("uniform_score").GetDouble()], [ScoreOf(mixed)]);
        });

    [Fact]
    public void Statistics_of_batch_norms_equal_the_reference()
    {
        JsonElement golden = Root.GetProperty("batch_norm");
        Fields(golden, "x", "runs");
        long[] shape = Sizes(golden.GetProperty("x"));
        long channels = shape[1];
        Tensor steps = arange(channels, dtype: float64);
        Tensor x = _numbers.Centred("avg:bn", shape).mul(steps.mul(0.5).add(1).view(1, -1, 1, 1)).add(steps.mul(0.25).view(1, -1, 1, 1));
        Assert.All(golden.GetProperty("runs").EnumerateArray(), run =>
        {
            Fields(run, "momentum", "batches", "expected");
            JsonElement expected = run.GetProperty("expected");
            Fields(
                expected, "running_mean_then_var_after_each_batch", "pooled_mean", "pooled_var_unbiased", "normalised_first_two");
            double? momentum = run.GetProperty("momentum") is { ValueKind: JsonValueKind.Number } share ? share.GetDouble() : null;
            int[] batches = GoldenNumbers.Ints(run.GetProperty("batches"));
            Assert.Equal(shape[0], batches.Sum());
            using BatchNorm2d norm = Norm(channels, momentum ?? 0.1);
            List<Tensor> rows = [];
            using (BatchNormStatistics statistics = new(norm))
            {
                int at = 0;
                foreach (int size in batches)
                {
                    Tensor batch = x.narrow(0, at, size);
                    at += size;
                    if (momentum is null)
                    {
                        using (statistics.Watch())
                        {
                            norm.call(batch);
                        }

                        statistics.Apply(1);
                    }
                    else
                    {
                        norm.train();
                        norm.call(batch);
                    }

                    rows.Add(cat([norm.RunningMean, norm.RunningVariance]));
                }
            }

            norm.eval();
            GoldenNumbers.Equal(expected.GetProperty("running_mean_then_var_after_each_batch"), stack(rows));
            GoldenNumbers.Equal(expected.GetProperty("normalised_first_two"), norm.call(x.narrow(0, 0, 2)));

            using BatchNorm2d pooled = Norm(channels, 0.1);
            using (BatchNormStatistics statistics = new(pooled))
            {
                using (statistics.Watch())
                {
                    pooled.call(x);
                }

                statistics.Apply(1);
            }

            GoldenNumbers.Equal(expected.GetProperty("pooled_mean"), pooled.RunningMean);
            GoldenNumbers.Equal(expected.GetProperty("pooled_var_unbiased"), pooled.RunningVariance);
        });
    }

    private BatchNorm2d Norm(long channels, double momentum)
    {
        BatchNorm2d norm = new(channels, momentum: momentum);
        norm.to(float64);
        norm.eval();
        using IDisposable guard = no_grad();
        norm.Weight.fill_(1);
        norm.Bias.zero_();
        norm.RunningMean.copy_(_numbers.Centred("avg:rm", channels).mul(0.1));
        norm.RunningVariance.copy_(_numbers.Centred("avg:rv", channels).mul(0.5).add(1));
        return norm;
    }

    private Tensor Weights() => _numbers.Centred("avg:w", Sizes(Root.GetProperty("weights")));

    /// <summary>The average after each step, whose number is that of its epoch, too.</summary>
    private static Tensor Averages(WeightAveraging rule, AveragingPace pace, Tensor weights, int first)
    {
        Tensor weight = weights[0].clone();
        using WeightAverage average = new(rule, [("w", weight)], pace);
        List<Tensor> rows = [];
        for (int step = first; step < weights.size(0); step++)
        {
            weight.copy_(weights[step]);
            average.Update(step - first, 0);
            rows.Add(average.Named.Single().Value.clone());
        }

        return stack(rows);
    }

    private static long[] Sizes(JsonElement shape) => [.. shape.EnumerateArray().Select(size => size.GetInt64())];

    private static void Near(double[] expected, IReadOnlyList<double> actual)
    {
        Assert.Equal(expected.Length, actual.Count);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-10));
    }

    private static void Fields(JsonElement golden, params string[] known) => Fields(golden, known, []);

    private static void Fields(JsonElement golden, string[] known, string[] optional)
        => Assert.Equal(
            known.Order(StringComparer.Ordinal),
            golden.EnumerateObject().Select(field => field.Name).Except(optional).Order(StringComparer.Ordinal));
}
