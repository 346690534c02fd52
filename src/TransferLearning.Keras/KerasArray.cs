namespace TransferLearning.Keras;

/// <summary>One array that a file of Keras holds.</summary>
/// <param name="Layer">The layer that it belongs to: <c>block1_conv1</c>.</param>
/// <param name="Kind">What it is to the layer: <c>kernel</c>, <c>depthwise_kernel</c>, <c>bias</c>, <c>gamma</c>, <c>beta</c>, <c>mean</c>,
/// <c>variance</c>.</param>
/// <param name="Shape">The size of each dimension, as stored.</param>
public sealed record KerasArray(string Layer, string Kind, IReadOnlyList<long> Shape);
