namespace TransferLearning.Keras;

/// <summary>One step of a head, before the layer that gives the logits.</summary>
/// <param name="Kind">What it computes.</param>
/// <param name="Value">The dropout's probability.</param>
/// <param name="Layer">The dense layer.</param>
internal sealed record KerasHeadLayer(HeadLayerKind Kind, double Value = 0, KerasLayer? Layer = null);
