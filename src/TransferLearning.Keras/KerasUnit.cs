namespace TransferLearning.Keras;

/// <summary>A convolution and the batch normalisation after it, by their names on both sides.</summary>
/// <param name="Layer">The convolution's layer in Keras.</param>
/// <param name="Target">The convolution's name in the network.</param>
/// <param name="NormLayer">The batch normalisation's layer in Keras; null when there is none.</param>
/// <param name="NormTarget">The batch normalisation's name in the network.</param>
internal sealed record KerasUnit(string Layer, string Target, string? NormLayer = null, string? NormTarget = null);
