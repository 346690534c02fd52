namespace TransferLearning;

/// <summary>An adapter of a network.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Options">Its kind.</param>
/// <param name="HeadOutputs">How many outputs its own head has; null where it uses the network's.</param>
internal sealed record NamedAdapter(string Name, AdapterOptions Options, long? HeadOutputs);
