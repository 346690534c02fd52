using System.Text.Json;
using PureHDF;
using TorchSharp;

namespace TransferLearning.Tests;

/// <summary>One network of Fixtures/Keras/golden.json (generate.py there says what it is).</summary>
public sealed record KerasGolden(
    string Name,
    string Architecture,
    int Size,
    string Form,
    IReadOnlyList<KerasGolden.Layer> Layers,
    double[] Pooled,
    double Map_mean,
    double[]? Logits)
{
    private static readonly ParityFill Fill = new("keras", gain: 4);

    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "Fixtures", "Keras");

    public static IReadOnlyList<KerasGolden> All { get; } = JsonSerializer.Deserialize<KerasGolden[]>(
        File.ReadAllText(Path.Combine(Folder, "golden.json")), JsonSerializerOptions.Web)!;

    public static float[] Values(string layer, string array, long[] shape)
    {
        // The rule takes the fan-in from all sizes but the first, where Keras has the outputs last.
        (string kind, long[] order) = array switch
        {
            "kernel" => ("matrix", [shape[^1], .. shape[..^1]]),
            "depthwise_kernel" => ("matrix", [shape[2], shape[0], shape[1]]),
            "gamma" or "moving_variance" => ("scale", shape),
            _ => ("small", shape),
        };
        return Fill.Values($"{layer}/{array}", kind, order);
    }

    /// <summary>The image as whole numbers of 0 to 255, height by width by (red, green, blue).</summary>
    public float[] Pixels()
        => System.Array.ConvertAll(Fill.Values($"pixels:{Name}", "unit", [Size, Size, 3]), value => MathF.Floor((value + 1) * 128));

    /// <summary>The image, prepared as a model wants it: [1, 3, H, W]. The caller disposes it.</summary>
    public torch.Tensor Input(ImagePreprocess preprocess)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor pixels = torch.tensor(Pixels(), [1, Size, Size, 3]).permute(0, 3, 1, 2) / 255;
        torch.Tensor mean = torch.tensor(new[] { preprocess.Mean.Red, preprocess.Mean.Green, preprocess.Mean.Blue }, [1, 3, 1, 1]);
        torch.Tensor std = torch.tensor(new[] { preprocess.Std.Red, preprocess.Std.Green, preprocess.Std.Blue }, [1, 3, 1, 1]);
        return ((pixels - mean) / std).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>Writes the file as Keras lays it out, without the layers that are left out.</summary>
    public void Write(string path, Func<string, bool>? leaveOut = null)
    {
        Layer[] layers = [.. Layers.Where(layer => leaveOut is null || !leaveOut(layer.Name))];
        H5File file = new();
        file.Attributes["layer_names"] = System.Array.ConvertAll(layers, layer => layer.Name);
        foreach (Layer layer in layers)
        {
            string[] names = [.. layer.Weights.Select(weight => Stored(layer.Name, weight.Name))];
            H5Group group = new();
            group.Attributes["weight_names"] = names;
            H5Group arrays = group;
            if (Form == "keras2")
            {
                group[layer.Name] = arrays = new H5Group();
            }

            foreach (Array array in layer.Weights)
            {
                arrays[Stored(layer.Name, array.Name).Split('/')[^1]] = new H5Dataset(
                    Values(layer.Name, array.Name, array.Shape), fileDims: System.Array.ConvertAll(array.Shape, size => (ulong)size));
            }

            file[layer.Name] = group;
        }

        file.Write(path, new H5WriteOptions(DefaultStringLength: 64, PreferCompactDatasetLayout: false));
    }

    public override string ToString() => Name;

    private string Stored(string layer, string array)
    {
        string first = array switch
        {
            "kernel" => "W",
            "bias" => "b",
            "moving_mean" => "running_mean",
            "moving_variance" => "running_std",
            _ => array,
        };
        return Form == "keras1" ? $"{layer}_{first}_1:0" : $"{layer}/{array}:0";
    }

    /// <summary>A layer with its arrays, in order.</summary>
    public sealed record Layer(string Name, IReadOnlyList<Array> Weights);

    /// <summary>An array and its shape, as Keras stores it.</summary>
    public sealed record Array(string Name, long[] Shape);
}
