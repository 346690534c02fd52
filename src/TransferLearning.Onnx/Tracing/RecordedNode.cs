namespace TransferLearning.Onnx;

/// <summary>One operator that was run.</summary>
/// <param name="Kind">Its name: <c>aten::relu</c>.</param>
/// <param name="Inputs">The numbers of the values that it took.</param>
/// <param name="Outputs">The values that it gave.</param>
/// <param name="Attributes">Of a constant, what it is: <c>value=1</c>.</param>
internal sealed record RecordedNode(string Kind, IReadOnlyList<long> Inputs, IReadOnlyList<RecordedValue> Outputs, string Attributes);
