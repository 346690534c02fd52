namespace TransferLearning.Onnx;

/// <summary>An operator of a network's graph.</summary>
/// <param name="Kind">Its name without the namespace and without what says that it works in place: <c>relu</c>.</param>
/// <param name="Inputs">What it takes.</param>
/// <param name="Outputs">What it gives.</param>
internal sealed record GraphNode(string Kind, IReadOnlyList<GraphValue> Inputs, IReadOnlyList<GraphValue> Outputs);
