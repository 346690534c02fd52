using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

/// <summary>Every case and field of Fixtures/Parity/methods/losses.json, in float64.</summary>
[Trait("Category", "Parity")]
public sealed class LossParityTests
{
    private const string Golden = "methods/losses.json";

    public static TheoryData<int, string> Cases
    {
        get
        {
            using JsonDocument document = ParityFolder.Json(Golden);
            TheoryData<int, string> cases = [];
            foreach (JsonElement one in document.RootElement.GetProperty("cases").EnumerateArray())
            {
                cases.Add(cases.Count, $"{one.GetProperty("loss").GetString()} {one.GetProperty("note").GetString()}");
            }

            return cases;
        }
    }

    [Fact]
    public void Every_part_of_the_golden_is_known()
    {
        using JsonDocument document = ParityFolder.Json(Golden);
        Assert.Equal("parity-losses/1", document.RootElement.GetProperty("schema").GetString());
        Assert.All(
            document.RootElement.EnumerateObject(),
            field => Assert.Contains(
                field.Name,
                new[]
                {
                    "schema", "salt", "definition", "n", "classes", "scale", "labels", "soft_targets", "multi_targets", "cases",
                }));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Values_and_gradients_equal_the_reference(int number, string name)
    {
        using JsonDocument document = ParityFolder.Json(Golden);
        using DisposeScope scope = NewDisposeScope();
        JsonElement golden = document.RootElement.GetProperty("cases")[number];
        Assert.StartsWith(golden.GetProperty("loss").GetString()!, name, StringComparison.Ordinal);
        Inputs inputs = new(document.RootElement, golden);
        Tensor outputs = inputs.Outputs.requires_grad_(true);
        (Func<Tensor> each, Func<Tensor> mean) = Computed(golden, inputs, outputs);
        foreach (JsonProperty field in golden.GetProperty("expected").EnumerateObject())
        {
            Tensor actual = field.Name switch
            {
                "each" => each(),
                "sum" => each().sum(),
                "mean" => each().mean(),
                "gradient_of_mean" => autograd.grad([each().mean()], [outputs])[0],
                "torch_mean" => mean(),
                "torch_mean_gradient" => autograd.grad([mean()], [outputs])[0],
                _ => throw new InvalidDataException($"The field '{field.Name}' is unknown."),
            };
            GoldenNumbers.Equal(field.Value, actual);
            if (field.Name == "mean" && !golden.GetProperty("expected").TryGetProperty("torch_mean", out _))
            {
                GoldenNumbers.Equal(field.Value, mean()); // what training minimises
            }
        }
    }

    private static (Func<Tensor> Each, Func<Tensor> Mean) Computed(JsonElement golden, Inputs inputs, Tensor outputs)
    {
        if (golden.GetProperty("loss").GetString() == "distillation_combined")
        {
            DistillationLoss soft = new(Known(golden, "temperature").GetProperty("temperature").GetDouble());
            return (
                () => soft.ComputeEach(outputs, inputs.Teacher).mul(0.7)
                    + new CrossEntropyLoss().ComputeEach(outputs, inputs.Labels).mul(0.3),
                () => soft.Compute(outputs, inputs.Teacher).mul(0.7) + new CrossEntropyLoss().Compute(outputs, inputs.Labels).mul(0.3));
        }

        (ElementwiseLoss loss, Tensor targets) = Loss(golden, inputs);
        return (() => loss.ComputeEach(outputs, targets), () => loss.Compute(outputs, targets));
    }

    private static (ElementwiseLoss Loss, Tensor Targets) Loss(JsonElement golden, Inputs inputs)
    {
        switch (golden.GetProperty("loss").GetString())
        {
            case "cross_entropy":
                Known(golden, "smoothing", "weight");
                return (new CrossEntropyLoss(Number("smoothing"), Numbers("weight")), inputs.Labels);
            case "focal":
                Known(golden, "gamma", "alpha");
                return (new FocalLoss(Number("gamma"), Numbers("alpha")), inputs.Labels);
            case "sigmoid_focal":
                Known(golden, "gamma", "alpha");
                return (new SigmoidFocalLoss(Number("gamma"), Number("alpha") < 0 ? null : Number("alpha")), inputs.Multi);
            case "class_balanced":
                Known(golden, "beta", "counts", "weight");
                CrossEntropyLoss balanced = CrossEntropyLoss.ClassBalanced(
                    GoldenNumbers.Ints(golden.GetProperty("counts")), Number("beta"));
                Assert.Equal(Numbers("weight")!, balanced.ClassWeights!, (first, second) => Math.Abs(first - second) < 1e-10);
                return (balanced, inputs.Labels);
            case "bce_with_logits":
                Known(golden, "pos_weight", "weight");
                return (new BinaryCrossEntropyLoss(Numbers("pos_weight"), Numbers("weight")), inputs.Multi);
            case "distillation_kl":
                Known(golden, "temperature");
                return (new DistillationLoss(Number("temperature")), inputs.Teacher);
            case "soft_target_cross_entropy":
                Known(golden);
                return (new CrossEntropyLoss(), inputs.Soft);
            case "huber":
                Known(golden, "delta");
                return (new HuberLoss(Number("delta")), inputs.Teacher);
            case "smooth_l1":
                Known(golden, "beta");
                return (new SmoothL1Loss(Number("beta")), inputs.Teacher);
            case "mse":
                Known(golden);
                return (new SquaredErrorLoss(), inputs.Teacher);
            case "asymmetric":
                Known(golden, "gamma_pos", "gamma_neg", "clip", "focusing_weight_detached");
                return (
                    new AsymmetricLoss(
                        Number("gamma_neg"),
                        Number("gamma_pos"),
                        Number("clip"),
                        golden.GetProperty("focusing_weight_detached").GetBoolean()),
                    inputs.Multi);
            case "dice":
                Known(golden, "smooth", "power", "mask");
                Assert.Contains(Number("power"), new double[] { 1, 2 });
                return (new DiceLoss(Number("smooth"), Number("power") == 2), inputs.Mask);
            default:
                throw new InvalidDataException($"The loss '{golden.GetProperty("loss")}' is unknown.");
        }

        double Number(string name) => golden.GetProperty(name).GetDouble();

        double[]? Numbers(string name) => GoldenNumbers.DoublesOrNull(golden.GetProperty(name));
    }

    private static JsonElement Known(JsonElement golden, params string[] names)
    {
        Assert.All(
            golden.EnumerateObject(),
            field => Assert.Contains(field.Name, (string[])[.. names, "loss", "note", "inputs", "expected"]));
        return golden;
    }

    /// <summary>The arrays that a case names.</summary>
    private sealed class Inputs
    {
        public Inputs(JsonElement root, JsonElement golden)
        {
            GoldenNumbers numbers = new(root.GetProperty("salt").GetString()!);
            (int n, int classes) = (root.GetProperty("n").GetInt32(), root.GetProperty("classes").GetInt32());
            double scale = root.GetProperty("scale").GetDouble();
            Tensor x = numbers.Centred("loss:x", n, classes).mul(scale);
            Tensor teacher = numbers.Centred("loss:teacher", n, classes).mul(scale);
            long[] labels = [.. GoldenNumbers.Ints(root.GetProperty("labels")).Select(label => (long)label)];
            Labels = tensor(labels);
            Multi = GoldenNumbers.Table(GoldenNumbers.Rows(root.GetProperty("multi_targets")));
            Soft = GoldenNumbers.Table(GoldenNumbers.Rows(root.GetProperty("soft_targets")));
            Teacher = teacher;
            Mask = Labels;
            string[] names = [.. golden.GetProperty("inputs").EnumerateArray().Select(name => name.GetString()!)];
            Outputs = names[0] switch
            {
                "x" => x,
                "x*200" => x.mul(200.0),
                "zeros[2]" => zeros([2, classes], float64),
                "2*x[:,:3]" => x.narrow(1, 0, 3).mul(2.0).contiguous(),
                _ when names[0].StartsWith("2*c(loss:dice", StringComparison.Ordinal) => Maps(names[0], numbers),
                _ => throw new InvalidDataException($"The input '{names[0]}' is unknown."),
            };
            foreach (string name in names.Skip(1))
            {
                switch (name)
                {
                    case "y" or "multi" or "soft" or "teacher":
                        break;
                    case "[0,C-1]":
                        Labels = tensor(new long[] { 0, classes - 1 });
                        break;
                    case "x":
                        Teacher = x.clone();
                        break;
                    case "teacher[:,:3]" or "teacher[:,:3] with row 0 equal":
                        Teacher = teacher.narrow(1, 0, 3).clone();
                        if (name.EndsWith("equal", StringComparison.Ordinal))
                        {
                            Teacher[0] = Outputs[0];
                        }

                        break;
                    case "mask":
                        IEnumerable<int> mask = golden.GetProperty("mask").EnumerateArray().SelectMany(GoldenNumbers.Ints);
                        Mask = tensor([.. mask.Select(pixel => (long)pixel)], [Outputs.size(0), Outputs.size(2), Outputs.size(3)]);
                        break;
                    default:
                        throw new InvalidDataException($"The input '{name}' is unknown.");
                }
            }
        }

        public Tensor Outputs { get; }

        public Tensor Labels { get; }

        public Tensor Multi { get; }

        public Tensor Soft { get; }

        public Tensor Teacher { get; }

        public Tensor Mask { get; }

        // "2*c(loss:dice3), [2,3,5,6]"
        private static Tensor Maps(string text, GoldenNumbers numbers)
        {
            string name = text[4..text.IndexOf(')', StringComparison.Ordinal)];
            string shape = text[(text.IndexOf('[', StringComparison.Ordinal) + 1)..^1];
            return numbers.Centred(name, [.. shape.Split(',').Select(size => long.Parse(size, null))]).mul(2.0);
        }
    }
}
