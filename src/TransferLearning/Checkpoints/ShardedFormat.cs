namespace TransferLearning;

/// <summary>A set of files with an index: JSON whose <c>weight_map</c> says for each tensor which file holds it.</summary>
internal sealed class ShardedFormat(IReadOnlyList<ICheckpointFormat> shardFormats) : ICheckpointFormat
{
    private const int ShardLimit = 4096;
    private const string Remedy = CheckpointFile.RemedyDownload;

    public bool Recognizes(ReadOnlySpan<byte> head, string path) =>
        path.EndsWith(".index.json", StringComparison.OrdinalIgnoreCase) || head.TrimStart(" \t\r\n"u8) is [(byte)'{', ..];

    public CheckpointContent Read(CheckpointFile file, CheckpointOptions options)
    {
        Dictionary<string, string> metadata = [];
        List<KeyValuePair<string, string>> map = ReadIndex(file, options, metadata);
        Dictionary<string, CheckpointValue> shards = [];
        List<KeyValuePair<string, TensorView>> tensors = [];
        foreach ((string name, string shard) in map)
        {
            if (!shards.TryGetValue(shard, out CheckpointValue? root))
            {
                if (shards.Count == ShardLimit)
                {
                    throw file.Error(CheckpointErrorKind.TooLarge, null, $"It names more than {ShardLimit} files.", Remedy);
                }

                CheckpointFile part = file.OpenSibling(shard);
                root = CheckpointForms.Find(part, shardFormats).Read(part, options).Root;
                shards.Add(shard, root);
            }

            TensorView tensor = root[name]?.Tensor
                ?? throw file.Error(
                    CheckpointErrorKind.MissingEntry,
                    $"tensor '{name}'",
                    $"It should be in '{shard}', which does not hold it.",
                    "Index and shards do not belong together: get the whole set again.");
            tensors.Add(new(name, tensor));
        }

        return CheckpointContent.FromTensors(tensors, metadata);
    }

    private static List<KeyValuePair<string, string>> ReadIndex(
        CheckpointFile file, CheckpointOptions options, Dictionary<string, string> metadata)
    {
        CheckpointException Bad(string problem, Exception? inner = null) => file.Error(
            CheckpointErrorKind.BadHeader, "index", problem, Remedy, inner);

        if (file.Length > options.MaximumDescriptionBytes)
        {
            throw file.Error(
                CheckpointErrorKind.TooLarge,
                null,
                $"The index has {file.Length} bytes; {options.MaximumDescriptionBytes} are allowed.",
                Remedy);
        }

        byte[] text = new byte[file.Length];
        file.Read(0, text);
        try
        {
            using JsonDocument index = JsonDocument.Parse(text);
            if (index.RootElement.ValueKind != JsonValueKind.Object
                || !index.RootElement.TryGetProperty("weight_map", out JsonElement map) || map.ValueKind != JsonValueKind.Object)
            {
                throw Bad("An index must have an object 'weight_map' from tensor names to file names; it has none.");
            }

            if (index.RootElement.TryGetProperty("metadata", out JsonElement texts) && texts.ValueKind == JsonValueKind.Object)
            {
                foreach (JsonProperty property in texts.EnumerateObject().Where(
                    property => property.Value.ValueKind == JsonValueKind.String))
                {
                    metadata[property.Name] = property.Value.GetString()!;
                }
            }

            List<KeyValuePair<string, string>> pairs = [];
            HashSet<string> names = [];
            foreach (JsonProperty property in map.EnumerateObject())
            {
                if (property.Value.ValueKind != JsonValueKind.String)
                {
                    throw Bad($"The file name of tensor '{property.Name}' is not a text.");
                }

                if (!names.Add(property.Name))
                {
                    throw file.Error(
                        CheckpointErrorKind.DuplicateEntry, $"tensor '{property.Name}'", "The index lists the name twice.", Remedy);
                }

                pairs.Add(new(property.Name, property.Value.GetString()!));
            }

            return pairs;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw Bad("The index is not sound JSON: " + exception.Message, exception);
        }
    }
}
