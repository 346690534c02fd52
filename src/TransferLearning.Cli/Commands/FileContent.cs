using TransferLearning.Keras;
using TransferLearning.Onnx;

namespace TransferLearning.Cli;

/// <summary>What a file of weights or of a network says of itself.</summary>
/// <param name="Tensors">Name, type and shape of each tensor.</param>
/// <param name="Metadata">What else is said, in order.</param>
internal sealed record FileContent(
    IReadOnlyList<(string Name, string Type, IReadOnlyList<long> Shape)> Tensors, IReadOnlyList<KeyValuePair<string, object>> Metadata)
{
    /// <summary>Reads the description of a file; nothing in it is run.</summary>
    /// <param name="path">The file.</param>
    /// <param name="section">Which dictionary of a checkpoint; null for the only one.</param>
    public static FileContent Of(string path, string? section)
    {
        string ending = Path.GetExtension(path).ToUpperInvariant();
        if (section is not null && (ending is ".GGUF" or ".ONNX" || ModelOptions.IsKeras(path)))
        {
            throw new UsageException("--section is for checkpoints of PyTorch: leave it out.");
        }

        return ending switch
        {
            ".GGUF" => OfGguf(GgufFile.Read(path)),
            ".ONNX" => OfOnnx(OnnxDescription.Read(path)),
            _ when ModelOptions.IsKeras(path) => new FileContent(
                [.. KerasPretrained.List(path).Select(array => ($"{array.Layer}/{array.Kind}", "Float32", array.Shape))], []),
            _ => OfCheckpoint(path, section),
        };
    }

    private static FileContent OfGguf(GgufFile file) => new(
        [.. file.Tensors.Select(tensor => (tensor.Name, tensor.Type, tensor.Shape))],
        [new("version", file.Version), .. file.Metadata.Select(entry => KeyValuePair.Create(entry.Key, Shown(entry.Value)))]);

    private static object Shown(object value) => value is GgufArray array ? array.ToString() : value;

    private static FileContent OfOnnx(OnnxDescription file) => new(
        [.. file.Weights.Select(weight => (weight.Name, weight.Type, weight.Shape))],
        [
            new("producer", file.Producer), new("opset", file.Opset),
            .. file.Inputs.Select(input => KeyValuePair.Create($"input {input.Name}", (object)input.ToString())),
            .. file.Outputs.Select(output => KeyValuePair.Create($"output {output.Name}", (object)output.ToString())),
            new("operators", string.Join(", ", file.Operators.Select(one => $"{one.Key} {one.Value}"))),
            .. file.Metadata.Select(entry => KeyValuePair.Create(entry.Key, (object)entry.Value)),
        ]);

    private static FileContent OfCheckpoint(string path, string? section)
    {
        using StateDict checkpoint = StateDict.Open(path, new CheckpointOptions { Section = section });
        return new FileContent(
            [.. checkpoint.Entries.Select(entry => (entry.Name, entry.Dtype.ToString(), entry.Shape))],
            [.. checkpoint.Metadata.Select(entry => KeyValuePair.Create(entry.Key, (object)entry.Value))]);
    }
}
