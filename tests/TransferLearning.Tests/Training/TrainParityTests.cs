using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TransferLearning.Tests;

/// <summary>
/// Three steps of training whole networks, held against the reference's run in float64: losses, gradients, weights and statistics; in
/// float32 what is continuous (Fixtures/Parity/README.md, "train/CASE.json").
/// </summary>
[Trait("Category", "Parity")]
public sealed class TrainParityTests : IDisposable
{
    private readonly int _threads = get_num_threads();

    public TrainParityTests() => set_num_threads(1);

    public static TheoryData<string> Cases
        => new(
            Directory.GetFiles(ParityFolder.File("train"), "*.json").Select(file => Path.GetFileNameWithoutExtension(file)!)
                .Order(StringComparer.Ordinal));

    // In float64 nothing is left of rounding but the digits that the golden has: whatever departs is another definition. The
    // tolerances are made for float32, so a tenth of them is asked for.
    [Theory]
    [MemberData(nameof(Cases))]
    public void Takes_the_steps_of_the_reference_in_float64(string name) => Check(name, ScalarType.Float64);

    // After that rounding decides which activations lie on which side of a ReLU's kink, and one of them moves gradients by 1e-3: later
    // numbers would test luck. Each module by itself is held to float64 in ModulePrecisionTests.
    [Theory]
    [MemberData(nameof(Cases))]
    public void Begins_as_the_reference_in_float32(string name) => Check(name, ScalarType.Float32);

    public void Dispose() => set_num_threads(_threads);

    private static void Check(string name, ScalarType precision)
    {
        using JsonDocument document = ParityFolder.Json($"train/{name}.json");
        JsonElement golden = document.RootElement;
        string architecture = golden.GetProperty("arch").GetString()!;
        Assert.SkipUnless(
            ModelCatalog.Variants.Any(variant => variant.Name == architecture), $"{architecture} is not in the catalogue yet.");
        using DisposeScope scope = NewDisposeScope();
        using ImageNetwork network = ParityModel.Build(architecture, golden.GetProperty("kwargs"));
        ParityFill fill = ParityModel.Fill(golden, golden);
        fill.Fill(network.State());
        ParityModel.SetDropout(network, 0);
        network.to(precision);
        Tensor images = Images(golden, fill).to(precision);
        Tensor labels = tensor([.. golden.GetProperty("labels").EnumerateArray().Select(label => label.GetInt64())]);
        bool frozen = golden.GetProperty("frozen_backbone").GetBoolean();
        Train(network, frozen);
        (string Name, Tensor Parameter)[] trained = [.. network.named_parameters().Where(entry => entry.parameter.requires_grad)];
        using OptimizerState optimizer = Rule(golden.GetProperty("optimizer")).CreateState([new ParameterGroup("all", trained)]);

        if (precision == ScalarType.Float32)
        {
            new Run(name, golden, network, images, labels, 1).Begin(golden.GetProperty("steps")[0]);
            return;
        }

        Run run = new(name, golden, network, images, labels, 0.1);
        int step = 0;
        foreach (JsonElement expected in golden.GetProperty("steps").EnumerateArray())
        {
            run.Step(step++, expected, optimizer);
        }

        network.eval();
        run.CheckEvaluation();
        Train(network, frozen);
        run.CheckLastLoss(step);
    }

    private static Tensor Images(JsonElement golden, ParityFill fill)
    {
        JsonElement input = golden.GetProperty("input");
        Tensor images = fill.Input(input.GetProperty("name").GetString()!, ParityModel.Shape(input.GetProperty("shape")));
        Assert.Equal(input.GetProperty("word_checksum").GetString(), ParityFill.WordChecksum(NativeFloats.Of(images)));
        return images;
    }

    private static void Train(ImageNetwork network, bool frozen)
    {
        network.train();
        if (!frozen)
        {
            return;
        }

        foreach ((string name, nn.Module module) in network.named_modules())
        {
            if (module is BatchNorm2d)
            {
                module.eval();
            }
        }

        foreach ((string name, Parameter parameter) in network.named_parameters())
        {
            parameter.requires_grad = name.StartsWith($"{network.HeadNames[0]}.", StringComparison.Ordinal);
        }
    }

    private static Sgd Rule(JsonElement rule)
    {
        Assert.Equal("SGD", rule.GetProperty("name").GetString());
        return new Sgd(
            rule.GetProperty("lr").GetDouble(),
            rule.GetProperty("momentum").GetDouble(),
            rule.GetProperty("dampening").GetDouble(),
            rule.GetProperty("weight_decay").GetDouble(),
            rule.GetProperty("nesterov").GetBoolean());
    }

    private sealed class Run(string name, JsonElement golden, ImageNetwork network, Tensor images, Tensor labels, double slack)
    {
        private static readonly CrossEntropyLoss Loss = new();

        private readonly string[] _groups = [.. golden.GetProperty("groups").EnumerateArray().Select(group => group.GetString()!)];

        /// <summary>The logits, the loss and the statistics of the first step, which need no gradient.</summary>
        public void Begin(JsonElement expected)
        {
            using DisposeScope scope = NewDisposeScope();
            using IDisposable guard = no_grad();
            (Tensor logits, IReadOnlyList<Tensor> auxiliary) = network.ForwardTraining(images);
            CheckFirst(logits, auxiliary);
            CheckLoss(0, Total(logits, auxiliary));
            CheckBuffers(0, expected);
        }

        public void Step(int step, JsonElement expected, OptimizerState optimizer)
        {
            using DisposeScope scope = NewDisposeScope();
            optimizer.ZeroGrad();
            (Tensor logits, IReadOnlyList<Tensor> auxiliary) = network.ForwardTraining(images);
            if (step == 0)
            {
                CheckFirst(logits, auxiliary);
            }

            Tensor loss = Total(logits, auxiliary);
            CheckLoss(step, loss);
            loss.backward();
            double[] gradients = PerGroup(parameter => parameter.grad, SquareSum);
            optimizer.Step();
            string place = $"{name}, step {step}";
            Check($"{place}: grad_l2", expected.GetProperty("grad_l2"), [.. gradients.Select(Math.Sqrt)]);
            Check($"{place}: param_sum", expected.GetProperty("param_sum"), PerGroup(parameter => parameter, Sum));
            Check(
                $"{place}: param_l2", expected.GetProperty("param_l2"), [.. PerGroup(parameter => parameter, SquareSum).Select(Math.Sqrt)]);
            CheckBuffers(step, expected);
        }

        public void CheckEvaluation()
        {
            using IDisposable inference = no_grad();
            using Tensor logits = network.call(images);
            CheckMatrix($"{name}: eval_logits_after", golden.GetProperty("eval_logits_after"), logits);
        }

        public void CheckLastLoss(int step)
        {
            using IDisposable inference = no_grad();
            using DisposeScope scope = NewDisposeScope();
            (Tensor logits, IReadOnlyList<Tensor> auxiliary) = network.ForwardTraining(images);
            CheckLoss(step, Total(logits, auxiliary));
        }

        // The goldens' rule: the first part of a name, two in features, encoder and classifier, three for an encoder's layers.
        private static string Group(string parameter)
        {
            string[] parts = parameter.Split('.');
            int kept = parts[0] is "features" or "encoder" or "classifier" && parts.Length > 2
                ? parts[1] == "layers" && parts.Length > 3 ? 3 : 2
                : 1;
            return string.Join('.', parts[..kept]);
        }

        private static string Last(string full) => full[(full.LastIndexOf('.') + 1)..];

        private static double Sum(Tensor tensor)
        {
            using Tensor sum = tensor.sum(ScalarType.Float64);
            return sum.item<double>();
        }

        private static double SquareSum(Tensor tensor)
        {
            using Tensor wide = tensor.to(ScalarType.Float64);
            using Tensor squares = wide.square();
            return Sum(squares);
        }

        private void CheckBuffers(int step, JsonElement expected)
        {
            foreach (JsonProperty buffers in expected.GetProperty("buffers").EnumerateObject())
            {
                Tensor[] found =
                [
                    .. network.named_buffers().Where(entry => Last(entry.name) == buffers.Name).Select(entry => entry.buffer)
                ];
                Check($"{name}, step {step}: {buffers.Name}", buffers.Value, [found.Sum(Sum), Math.Sqrt(found.Sum(SquareSum))]);
            }
        }

        private void Check(string place, JsonElement expected, double[] found)
        {
            double[] reference = ParityModel.Numbers(expected.GetProperty("f64"));
            double[] tolerances = ParityModel.Numbers(expected.GetProperty("tolerance"));
            Assert.True(reference.Length == found.Length, $"{place}: expected {reference.Length} numbers, found {found.Length}");
            for (int i = 0; i < found.Length; i++)
            {
                Close($"{place}[{i}]", reference[i], found[i], slack * tolerances[i]);
            }
        }

        private void CheckMatrix(string place, JsonElement expected, Tensor found)
        {
            Assert.Equal(ParityModel.Shape(expected.GetProperty("shape")), found.shape);
            double[] reference = [.. expected.GetProperty("f64").EnumerateArray().SelectMany(ParityModel.Numbers)];
            using Tensor wide = found.to(ScalarType.Float64);
            double[] numbers = wide.detach().flatten().data<double>().ToArray();
            for (int i = 0; i < numbers.Length; i++)
            {
                Close($"{place}[{i}]", reference[i], numbers[i], slack * expected.GetProperty("tolerance").GetDouble());
            }
        }

        private static void Close(string place, double expected, double found, double tolerance)
            => Assert.True(
                Math.Abs(expected - found) <= tolerance, $"{place}: expected {expected:G10}, found {found:G10}, tolerance {tolerance:G3}");

        private Tensor Total(Tensor logits, IReadOnlyList<Tensor> auxiliary)
        {
            Assert.Equal(auxiliary.Count == 0 ? 0 : network.AuxiliaryWeight, golden.GetProperty("aux_weight").GetDouble());
            return auxiliary.Aggregate(
                Loss.Compute(logits, labels), (sum, other) => sum + (network.AuxiliaryWeight * Loss.Compute(other, labels)));
        }

        private void CheckFirst(Tensor logits, IReadOnlyList<Tensor> auxiliary)
        {
            CheckMatrix($"{name}: first_train_logits", golden.GetProperty("first_train_logits"), logits);
            JsonElement expected = golden.GetProperty("first_train_aux_logits");
            Assert.Equal(expected.GetArrayLength(), auxiliary.Count);
            for (int i = 0; i < auxiliary.Count; i++)
            {
                CheckMatrix($"{name}: first_train_aux_logits {i}", expected[i], auxiliary[i]);
            }
        }

        private void CheckLoss(int step, Tensor loss)
        {
            JsonElement expected = golden.GetProperty("losses");
            double tolerance = expected.GetProperty("tolerance")[step].GetDouble();
            double found = loss.to(ScalarType.Float64).item<double>();
            Close($"{name}: loss {step}", expected.GetProperty("f64")[step].GetDouble(), found, slack * tolerance);
        }

        // One number for each group of the golden; every parameter must be in one.
        private double[] PerGroup(Func<Parameter, Tensor?> tensorOf, Func<Tensor, double> measure)
        {
            using IDisposable inference = no_grad();
            double[] sums = new double[_groups.Length];
            long[] counts = new long[_groups.Length];
            foreach ((string parameterName, Parameter parameter) in network.named_parameters())
            {
                int group = Array.IndexOf(_groups, Group(parameterName));
                Assert.True(group >= 0, $"{name}: no group for {parameterName}");
                counts[group] += parameter.numel();
                sums[group] += tensorOf(parameter) is { } tensor ? measure(tensor) : 0;
            }

            Assert.Equal(ParityModel.Shape(golden.GetProperty("group_counts")), counts);
            return sums;
        }
    }
}
