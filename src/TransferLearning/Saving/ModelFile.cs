namespace TransferLearning;

/// <summary>The form of a saved image model: a safetensors file with every parameter and buffer, whose metadata is a
/// <see cref="ModelDescription"/> in JSON.</summary>
internal static class ModelFile
{
    private const string MetadataKey = "transferlearning";

    public static void Save(string path, ModelDescription description, IReadOnlyList<KeyValuePair<string, torch.Tensor>> state)
    {
        using StateDict file = StateDict.FromTensors(state, new Dictionary<string, string> { [MetadataKey] = description.ToJson() });
        file.Save(path, CheckpointFormat.SafeTensors);
    }

    /// <summary>Opens a saved model; the caller disposes the state.</summary>
    public static (StateDict State, ModelDescription Description) Open(string path, bool mapFile)
    {
        StateDict state = StateDict.Open(path, new CheckpointOptions { MapFile = mapFile });
        try
        {
            return state.Metadata.TryGetValue(MetadataKey, out string? text)
                ? (state, ModelDescription.Parse(path, text))
                : throw new InvalidDataException(
                    $"'{path}' is a checkpoint, but no model saved by TransferModel.Save: its metadata has no '{MetadataKey}'. Load its "
                        + "weights with Pretrained.Load(architecture, path).");
        }
        catch
        {
            state.Dispose();
            throw;
        }
    }
}
