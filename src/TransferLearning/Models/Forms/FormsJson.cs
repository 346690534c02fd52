using System.Text.Json.Serialization;

namespace TransferLearning;

/// <summary>Reads and writes measured forms with code that is there already: reflection would have a hundred methods compiled before the
/// first features of a program.</summary>
[JsonSerializable(typeof(MeasuredForms.Content))]
internal sealed partial class FormsJson : JsonSerializerContext;
