using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

/// <summary>Weights as their publishers made them.</summary>
public sealed class RealCheckpointTests
{
    [Theory]
    [InlineData("models/resnet20-12fca82f.th", 269_722, 91.78)]
    [InlineData("models/resnet56-4bfd9763.th", 853_018, 93.62)]
    public void A_legacy_file_gives_its_weights_and_its_best_score(string file, long parameters, double best)
    {
        using StateDict weights = StateDict.Open(SharedData.Path(file));

        Assert.DoesNotContain(weights.Entries, entry => entry.Name.StartsWith("module.", StringComparison.Ordinal));
        string[] buffers = ["running_mean", "running_var", "num_batches_tracked"];
        Assert.Equal(
            parameters, weights.Entries.Where(entry => !buffers.Contains(entry.Name.Split('.')[^1])).Sum(entry => entry.View.ElementCount));
        Assert.Equal(best, weights.Root["best_prec1"]!.AsDouble()!.Value, 2);
        using Tensor head = weights.Read("linear.bias");
        Assert.Equal([10], head.shape);
    }

    [Theory]
    [InlineData("models/mobilenet_v2_imagenet.pth", ScalarType.Float32)]
    [InlineData("models/mobilenet_v2_imagenet_f16.safetensors", ScalarType.Float16)]
    public void MobileNet_v2_has_the_tensors_of_its_reference(string file, ScalarType type)
    {
        using StateDict weights = StateDict.Open(SharedData.Path(file));
        Assert.Equal(314, weights.Entries.Count);
        Assert.True(weights.TryGet("classifier.1.weight", out TensorEntry? head));
        Assert.Equal([1000, 1280], head.Shape);
        Assert.Equal(type, head.Dtype);
    }

    [Theory]
    [InlineData("models/mobilenet_v1_100_backbone")]
    public void The_two_forms_of_one_network_hold_the_same_numbers(string stem)
    {
        using StateDict torch = StateDict.Open(SharedData.Path(stem + ".pth"));
        using StateDict safe = StateDict.Open(SharedData.Path(stem + ".safetensors"));

        Assert.Equal(
            torch.Entries.Select(entry => entry.Name).Order(StringComparer.Ordinal),
            safe.Entries.Select(entry => entry.Name).Order(StringComparer.Ordinal));
        List<KeyValuePair<string, Tensor>> targets = [.. torch.Entries.Select(
            entry => KeyValuePair.Create(entry.Name, zeros([.. entry.Shape], entry.Dtype)))];
        WeightLoadReport report = safe.LoadInto(targets, new LoadOptions { AllowUnexpected = false });
        Assert.Equal(1.0, report.Coverage);
        foreach ((string name, Tensor tensor) in targets)
        {
            using Tensor other = torch.Read(name);
            Assert.True(tensor.bytes.SequenceEqual(other.bytes), name);
            tensor.Dispose();
        }
    }
}
