namespace TransferLearning.Onnx;

/// <summary>An input or output of an ONNX file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">ONNX's name of its type: <c>Float</c>, <c>Int64</c>.</param>
/// <param name="Shape">The dimensions: a number, or a name where the size is free; null where the file does not say.</param>
public sealed record OnnxValue(string Name, string Type, IReadOnlyList<string>? Shape)
{
    /// <inheritdoc/>
    public override string ToString() => Shape is null ? Type : $"{Type} [{string.Join(", ", Shape)}]";
}
