namespace TransferLearning;

/// <summary>One layer of a head that a user put together, as data, so that a saved model can rebuild it.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Value">Its number: the width of a linear layer, the probability of dropout; 0 for the others.</param>
public sealed record HeadLayer(HeadLayerKind Kind, double Value = 0);
