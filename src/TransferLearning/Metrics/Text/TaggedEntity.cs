namespace TransferLearning;

/// <summary>An entity in a sentence.</summary>
/// <param name="Type">Its type: what follows the dash of its tags; "_" where nothing does.</param>
/// <param name="First">The number of its first word, from 0.</param>
/// <param name="Last">The number of its last word.</param>
public sealed record TaggedEntity(string Type, int First, int Last);
