namespace TransferLearning.Onnx;

/// <summary>A weight that an ONNX file holds or names.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">ONNX's name of its type: <c>Float</c>, <c>Int64</c>.</param>
/// <param name="Shape">The size of each dimension.</param>
public sealed record OnnxTensor(string Name, string Type, IReadOnlyList<long> Shape);
