namespace TransferLearning.Onnx;

/// <summary>An input of what is exported.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Type">Its type, by LibTorch's name.</param>
/// <param name="Shape">Its shape.</param>
internal sealed record PartInput(string Name, string Type, IReadOnlyList<Size> Shape);
