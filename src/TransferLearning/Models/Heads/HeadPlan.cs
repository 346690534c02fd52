namespace TransferLearning;

/// <summary>What was done to a network's final layer, so that a saved model can be rebuilt.</summary>
/// <param name="Layers">The layers before the last linear one; empty for a plain head.</param>
/// <param name="Classes">The number of classes of the new head.</param>
/// <param name="ExtendedFrom">How many outputs the pretrained final layer has that still runs first; null when it was replaced.</param>
internal sealed record HeadPlan(IReadOnlyList<HeadLayer> Layers, int Classes, int? ExtendedFrom);
