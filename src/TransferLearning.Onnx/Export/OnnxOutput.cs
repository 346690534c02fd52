namespace TransferLearning.Onnx;

/// <summary>An output of a file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">The value in the graph that it is.</param>
/// <param name="Type">Its type, by LibTorch's name.</param>
/// <param name="Shape">Its shape.</param>
internal sealed record OnnxOutput(string Name, string Value, string Type, IReadOnlyList<Size> Shape);
