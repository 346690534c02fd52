using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

/// <summary>The distances and steps of domain adaptation against goldens (methods/README.md, section domain.json), in float64.</summary>
[Trait("Category", "Parity")]
public sealed class DomainParityTests
{
    private static readonly JsonElement Golden = ParityFolder.Json("methods/domain.json").RootElement;

    private static readonly GoldenNumbers Numbers = new(Golden.GetProperty("salt").GetString()!);

    [Fact]
    public void Every_section_is_known()
        => Fields(
            Golden,
            ("schema", value => Assert.Equal("parity-domain/1", value.GetString())),
            ("salt", Known),
            ("definition", Known),
            ("mmd", Known),
            ("coral", Known),
            ("gradient_reversal", Known),
            ("mcc", Known),
            ("entropy", Known),
            ("tent", Known));

    [Fact]
    public void The_maximum_mean_discrepancy_and_its_gradients_are_those_of_the_golden()
    {
        using DisposeScope scope = NewDisposeScope();
        foreach (JsonElement golden in Golden.GetProperty("mmd").EnumerateArray())
        {
            (Tensor source, Tensor target) = Pair(golden);
            KernelBandwidths rule = golden.GetProperty("heuristic").GetString() switch
            {
                "fixed" => KernelBandwidths.Fixed,
                "tllib" => KernelBandwidths.TwiceMean,
                "dan" => KernelBandwidths.MeanOfPairs,
                _ => throw new InvalidDataException($"There is no heuristic {golden.GetProperty("heuristic")}."),
            };
            double[]? given = GoldenNumbers.DoublesOrNull(golden.GetProperty("given"));
            MaximumMeanDiscrepancy method = new(SmallSets.Images(3, SmallSets.Colours)) { Bandwidths = rule, Factors = given };
            Tensor bandwidths = KernelDiscrepancy.Bandwidths(source, target, rule, method.UsedFactors);
            (Tensor unbiased, Tensor ofSource, Tensor ofTarget) = WithGradients(
                source, target, (a, b) => KernelDiscrepancy.Of(a, b, bandwidths, isUnbiased: true));
            (Tensor biased, Tensor biasedOfSource, _) = WithGradients(
                source, target, (a, b) => KernelDiscrepancy.Of(a, b, bandwidths, isUnbiased: false));
            Fields(
                golden.GetProperty("expected"),
                ("unbiased", value => GoldenNumbers.Equal(value, unbiased)),
                ("biased", value => GoldenNumbers.Equal(value, biased)),
                ("bandwidths", value => GoldenNumbers.Equal(value, bandwidths)),
                ("gradient_of_unbiased_source", value => GoldenNumbers.Equal(value, ofSource)),
                ("gradient_of_unbiased_target", value => GoldenNumbers.Equal(value, ofTarget)),
                ("gradient_of_biased_source", value => GoldenNumbers.Equal(value, biasedOfSource)));
        }
    }

    [Fact]
    public void The_default_factors_of_a_rule_are_those_of_its_authors()
    {
        Dataset samples = SmallSets.Images(3, SmallSets.Colours);

        Assert.Equal([0.125, 0.25, 0.5, 1, 2], new MaximumMeanDiscrepancy(samples).UsedFactors);
        Assert.Equal(
            Enumerable.Range(0, 5).Select(i => Math.Pow(2, i - 2)),
            new MaximumMeanDiscrepancy(samples) { Bandwidths = KernelBandwidths.MeanOfPairs }.UsedFactors);
    }

    [Fact]
    public void The_distance_of_covariances_and_its_gradients_are_those_of_the_golden()
    {
        using DisposeScope scope = NewDisposeScope();
        foreach (JsonElement golden in Golden.GetProperty("coral").EnumerateArray())
        {
            (Tensor source, Tensor target) = Pair(golden);
            (Tensor value, Tensor ofSource, Tensor ofTarget) = WithGradients(
                source, target, (a, b) => CorrelationDistance.Of(a, b, withMeans: false));
            Fields(
                golden.GetProperty("expected"),
                ("deep_coral", number => GoldenNumbers.Equal(number, value)),
                ("tllib", number => GoldenNumbers.Equal(number, CorrelationDistance.Of(source, target, withMeans: true))),
                ("gradient_source", number => GoldenNumbers.Equal(number, ofSource)),
                ("gradient_target", number => GoldenNumbers.Equal(number, ofTarget)));
        }
    }

    [Fact]
    public void The_factor_of_a_reversed_gradient_grows_as_in_the_paper_and_as_in_the_library()
    {
        JsonElement golden = Golden.GetProperty("gradient_reversal");
        Dataset samples = SmallSets.Images(3, SmallSets.Colours);
        DomainAdversarial paper = new(samples);
        double[] progress = GoldenNumbers.Doubles(golden.GetProperty("progress"));
        Fields(
            golden,
            ("progress", Known),
            ("note", Known),
            ("dann", value => Equal(GoldenNumbers.Doubles(value), progress.Select(done => paper.Coefficient(done, 7)))),
            ("warm_start", WarmStart));

        void WarmStart(JsonElement value)
        {
            DomainAdversarial warm = new(samples)
            {
                Steepness = value.GetProperty("alpha").GetDouble(),
                Low = value.GetProperty("low").GetDouble(),
                High = value.GetProperty("high").GetDouble(),
                WarmUpSteps = value.GetProperty("max_iters").GetInt32(),
            };
            int[] steps = GoldenNumbers.Ints(value.GetProperty("iterations"));
            IEnumerable<double> found = steps.Select(count => warm.Coefficient(0.3, count));
            Fields(
                value,
                ("alpha", Known),
                ("low", Known),
                ("high", Known),
                ("max_iters", Known),
                ("iterations", Known),
                ("coefficient", expected => Equal(GoldenNumbers.Doubles(expected), found)));
        }

        static void Equal(double[] expected, IEnumerable<double> actual)
            => Assert.Equal(expected, actual, (first, second) => Math.Abs(first - second) < 1e-11);
    }

    [Fact]
    public void A_reversed_gradient_is_the_opposite_times_its_factor_and_numbers_stay_bit_for_bit()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor features = Numbers.Centred("domain:reversal", 5, 3).requires_grad_(true);
        Tensor reversed = GradientReversal.Of(features, 0.7);
        reversed.mul(reversed).sum().backward();

        Assert.Equal(features.data<double>().ToArray(), reversed.data<double>().ToArray());
        Assert.Equal(
            features.data<double>().Select(value => -0.7 * 2 * value), features.grad!.data<double>().ToArray(),
            (first, second) => Math.Abs(first - second) < 1e-14);
    }

    [Fact]
    public void Class_confusion_its_weights_and_gradients_are_those_of_the_golden()
    {
        using DisposeScope scope = NewDisposeScope();
        foreach (JsonElement golden in Golden.GetProperty("mcc").EnumerateArray())
        {
            Tensor logits = Logits(golden).requires_grad_(true);
            (Tensor loss, Tensor weights, Tensor confusion) = ClassConfusion.Of(logits, golden.GetProperty("temperature").GetDouble());
            Tensor gradient = autograd.grad([loss], [logits])[0];
            Fields(
                golden.GetProperty("expected"),
                ("value", value => GoldenNumbers.Equal(value, loss)),
                ("weights", value => GoldenNumbers.Equal(value, weights)),
                ("confusion", value => GoldenNumbers.Equal(value, confusion)),
                ("gradient", value => GoldenNumbers.Equal(value, gradient)));
        }
    }

    [Fact]
    public void The_entropy_of_predictions_and_its_gradient_are_those_of_the_golden()
    {
        using DisposeScope scope = NewDisposeScope();
        foreach (JsonElement golden in Golden.GetProperty("entropy").EnumerateArray())
        {
            Tensor logits = Logits(golden).requires_grad_(true);
            Tensor each = PredictionEntropy.Each(logits), mean = each.mean();
            Tensor gradient = autograd.grad([mean], [logits])[0];
            Fields(
                golden.GetProperty("expected"),
                ("each", value => GoldenNumbers.Equal(value, each)),
                ("mean", value => GoldenNumbers.Equal(value, mean)),
                ("gradient_of_mean", value => GoldenNumbers.Equal(value, gradient)));
        }
    }

    [Fact]
    public void Three_steps_of_test_time_adaptation_are_those_of_the_golden()
    {
        using DisposeScope scope = NewDisposeScope();
        JsonElement golden = Golden.GetProperty("tent");
        Dictionary<string, long[]> shapes = golden.GetProperty("shapes").EnumerateObject().ToDictionary(
            field => field.Name, field => field.Value.EnumerateArray().Select(size => size.GetInt64()).ToArray());
        Tensor Read(string name, double factor, double addend = 0)
            => Numbers.Centred($"domain:{name}", shapes[name]).mul(factor).add(addend);
        Tensor x = Read("x", 2), first = Read("w1", 1), second = Read("w2", 2);
        using BatchNorm2d norm = new(shapes["gamma"][0]);
        norm.to(ScalarType.Float64);
        using (no_grad())
        {
            norm.Weight.copy_(Read("gamma", 0.5, 1));
            norm.Bias.copy_(Read("beta", 0.1));
            norm.RunningMean.fill_(100);
            norm.RunningVariance.fill_(100);
        }

        norm.eval();
        using EntropyAdapter adapter = new(norm, new EntropyAdaptation { Optimizer = new Sgd(golden.GetProperty("lr").GetDouble()) });
        List<Tensor> losses = [], gradients = [];
        for (int step = 0; step < 3; step++)
        {
            losses.Add(PredictionEntropy.Each(adapter.Run(
                () => norm.call(x.matmul(first.t())).relu().matmul(second.t()))).mean());
            gradients.AddRange(adapter.Parameters.Select(entry => entry.Parameter.grad!.clone()));
        }

        Fields(
            golden,
            ("shapes", Known),
            ("lr", Known),
            ("expected", expected => Fields(
                expected,
                ("first_gradient_weight", value => GoldenNumbers.Equal(value, gradients[0])),
                ("first_gradient_bias", value => GoldenNumbers.Equal(value, gradients[1])),
                ("losses", value => GoldenNumbers.Equal(value, stack(losses))),
                ("weight_after", value => GoldenNumbers.Equal(value, adapter.Parameters[0].Parameter)),
                ("bias_after", value => GoldenNumbers.Equal(value, adapter.Parameters[1].Parameter)))));
    }

    private static (Tensor Source, Tensor Target) Pair(JsonElement golden)
    {
        foreach (JsonProperty field in golden.EnumerateObject())
        {
            Assert.Contains(field.Name, (string[])["n_source", "n_target", "d", "shift", "heuristic", "given", "expected", "note"]);
        }

        (long n, long m, long d) = (
            golden.GetProperty("n_source").GetInt64(), golden.GetProperty("n_target").GetInt64(), golden.GetProperty("d").GetInt64());
        Tensor source = Numbers.Centred($"domain:s{n}", n, d);
        return golden.TryGetProperty("note", out JsonElement note) && note.GetString() == "target equals source"
            ? (source, source.clone())
            : (source, Numbers.Centred($"domain:t{m}", m, d).add(golden.GetProperty("shift").GetDouble()));
    }

    private static Tensor Logits(JsonElement golden)
    {
        long[] shape = [.. golden.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())];
        return golden.GetProperty("logits").GetString() switch
        {
            "zeros" => zeros(shape, ScalarType.Float64),
            "3*c(domain:z)" or "3*c(domain:z), first row" => Numbers.Centred("domain:z", shape).mul(3),
            "900*c(domain:z)" => Numbers.Centred("domain:z", shape).mul(900),
            _ => throw new InvalidDataException($"There are no logits {golden.GetProperty("logits")}."),
        };
    }

    private static (Tensor Value, Tensor OfSource, Tensor OfTarget) WithGradients(
        Tensor source, Tensor target, Func<Tensor, Tensor, Tensor> compute)
    {
        Tensor first = source.clone().requires_grad_(true), second = target.clone().requires_grad_(true);
        Tensor value = compute(first, second);
        IList<Tensor> gradients = autograd.grad([value], [first, second]);
        return (value, gradients[0], gradients[1]);
    }

    // A field that is an input, or is compared elsewhere.
    private static void Known(JsonElement field) { }

    private static void Fields(JsonElement element, params (string Name, Action<JsonElement> Check)[] known)
    {
        Assert.Equal(
            known.Select(field => field.Name).Order(StringComparer.Ordinal),
            element.EnumerateObject().Select(field => field.Name).Order(StringComparer.Ordinal));
        foreach ((string name, Action<JsonElement> check) in known)
        {
            check(element.GetProperty(name));
        }
    }
}
