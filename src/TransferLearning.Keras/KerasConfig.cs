using System.Text.Json;

namespace TransferLearning.Keras;

/// <summary>The layers of a model in the order in which they were put together, those of models within it in their place.</summary>
internal sealed class KerasConfig
{
    private readonly List<KerasConfigLayer> _layers = [];

    private KerasConfig() { }

    public IReadOnlyList<KerasConfigLayer> Layers => _layers;

    /// <summary>Reads a model's description; null when it is none of a Keras model.</summary>
    /// <param name="model">An object with <c>class_name</c> and <c>config</c>.</param>
    public static KerasConfig? Of(JsonElement model)
    {
        KerasConfig config = new();
        return config.Add(model) ? config : null;
    }

    // The depth is bounded by the JSON reader's own limit.
    private bool Add(JsonElement model)
    {
        if (model.ValueKind != JsonValueKind.Object || !model.TryGetProperty("config", out JsonElement settings))
        {
            return false;
        }

        // Old sequential models have the bare list.
        JsonElement layers = settings;
        if (settings.ValueKind == JsonValueKind.Object && !settings.TryGetProperty("layers", out layers))
        {
            return false;
        }

        if (layers.ValueKind != JsonValueKind.Array)
        {
            return false;
        }

        foreach (JsonElement layer in layers.EnumerateArray())
        {
            if (!Add(layer) && layer.ValueKind == JsonValueKind.Object
                && layer.TryGetProperty("class_name", out JsonElement kind) && kind.ValueKind == JsonValueKind.String
                && layer.TryGetProperty("config", out JsonElement values) && values.ValueKind == JsonValueKind.Object)
            {
                string? name = values.TryGetProperty("name", out JsonElement text) && text.ValueKind == JsonValueKind.String
                    ? text.GetString()
                    : null;
                _layers.Add(new KerasConfigLayer(kind.GetString()!, name ?? "", values));
            }
        }

        return true;
    }
}
