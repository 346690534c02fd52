using System.Text.Json;
using System.Text.Json.Serialization;
using TorchSharp;

namespace TransferLearning;

/// <summary>
/// The form of a saved model: a safetensors file with every parameter and buffer, whose metadata says in JSON how to rebuild the network,
/// prepare pictures, name the classes and which parameters were frozen.
/// </summary>
internal static class ModelFile
{
    private const string MetadataKey = "transferlearning";
    private const int CurrentVersion = 1;
    private static readonly JsonSerializerOptions Json = new()
    {
        Converters = { new JsonStringEnumConverter() },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
    };

    public static void Save(string path, Description description, IReadOnlyList<KeyValuePair<string, torch.Tensor>> state)
    {
        JsonText.RequireReflection();
        Dictionary<string, string> metadata = new() { [MetadataKey] = JsonSerializer.Serialize(description with { Version = CurrentVersion }, Json) };
        using StateDict file = StateDict.FromTensors(state, metadata);
        file.Save(path, CheckpointFormat.SafeTensors);
    }

    /// <summary>Opens a saved model; the caller disposes the state.</summary>
    public static (StateDict State, Description Description) Open(string path, bool mapFile)
    {
        StateDict state = StateDict.Open(path, new CheckpointOptions { MapFile = mapFile });
        try
        {
            if (!state.Metadata.TryGetValue(MetadataKey, out string? text))
            {
                throw new InvalidDataException(
                    $"'{path}' is a checkpoint, but no model saved by TransferModel.Save: its metadata has no '{MetadataKey}'. Load its weights with Pretrained.Load(architecture, path).");
            }

            Description description = Parse(path, text);
            return (state, description);
        }
        catch
        {
            state.Dispose();
            throw;
        }
    }

    private static Description Parse(string path, string text)
    {
        JsonText.RequireReflection();
        try
        {
            Description description = JsonSerializer.Deserialize<Description>(text, Json) ?? throw new JsonException("empty");
            return description.Version is > 0 and <= CurrentVersion
                ? description
                : throw new InvalidDataException($"'{path}' is a saved model of version {description.Version}; this library reads up to {CurrentVersion}. Update the package.");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"'{path}': the description of the saved model is damaged ({exception.Message}).", exception);
        }
    }

    /// <summary>How to rebuild a model.</summary>
    internal sealed record Description(
        string Architecture,
        NetworkOptions Options,
        int Classes,
        IReadOnlyList<string>? ClassNames,
        ImagePreprocess Preprocess,
        HeadPlan? Head,
        IReadOnlyList<string> Frozen,
        bool FreezeStatistics)
    {
        public int Version { get; init; }
    }
}
