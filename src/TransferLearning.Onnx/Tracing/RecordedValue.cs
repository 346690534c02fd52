namespace TransferLearning.Onnx;

/// <summary>What an operator gave.</summary>
/// <param name="Number">Its number in the recording.</param>
/// <param name="Type">LibTorch's name of its type: <c>Float</c>, <c>Long</c>, <c>int</c>, <c>int[]</c>, <c>NoneType</c>.</param>
/// <param name="Shape">Of a tensor, its shape; null for anything else.</param>
internal sealed record RecordedValue(long Number, string Type, IReadOnlyList<long>? Shape);
