namespace TransferLearning.Onnx;

/// <summary>An example of what a network is given, for a recording.</summary>
/// <param name="Tensors">The tensors that become inputs, in their order.</param>
/// <param name="Input">What the network takes; it owns its tensors.</param>
internal sealed record ExportedSample(IReadOnlyList<Tensor> Tensors, ModelInput Input);
