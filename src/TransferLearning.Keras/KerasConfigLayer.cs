using System.Text.Json;

namespace TransferLearning.Keras;

/// <summary>One layer of a model's configuration.</summary>
/// <param name="Kind">The class: <c>Dense</c>.</param>
/// <param name="Name">The layer's name.</param>
/// <param name="Values">Its settings.</param>
internal sealed record KerasConfigLayer(string Kind, string Name, JsonElement Values)
{
    public string? Text(string key)
        => Values.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public double? Number(string key)
        => Values.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
}
