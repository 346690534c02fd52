using System.Text.Json.Serialization;

namespace TransferLearning;

/// <summary>Writes a network's options with code that is there already: reflection would have a hundred methods compiled before the first
/// features of a program.</summary>
[JsonSerializable(typeof(NetworkOptions))]
internal sealed partial class NetworkOptionsJson : JsonSerializerContext;
