namespace TransferLearning;

/// <summary>What a GGUF file, llama.cpp's form, says of itself: key and value pairs, and its tensors without their elements.</summary>
public sealed class GgufFile
{
    private GgufFile(int version, IReadOnlyList<KeyValuePair<string, object>> metadata, IReadOnlyList<GgufTensor> tensors)
        => (Version, Metadata, Tensors) = (version, metadata, tensors);

    /// <summary>The version of the form, 2 or 3.</summary>
    public int Version { get; }

    /// <summary>Keys with their values, in the file's order: long, ulong, double, bool, string, <see cref="GgufArray"/>.</summary>
    public IReadOnlyList<KeyValuePair<string, object>> Metadata { get; }

    /// <summary>The tensors, in the file's order.</summary>
    public IReadOnlyList<GgufTensor> Tensors { get; }

    /// <summary>Reads the description of a file. Every length and count is checked against the file before memory is taken.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="CheckpointException">It is no GGUF file, or damaged.</exception>
    public static GgufFile Read(string path)
    {
        using CheckpointFile file = CheckpointFile.Open(path);
        using GgufReader reader = new(file);
        int version = reader.Start();
        (long tensors, long pairs) = reader.Counts();
        List<KeyValuePair<string, object>> metadata = [];
        HashSet<string> keys = [];
        for (long i = 0; i < pairs; i++)
        {
            string key = reader.Name(keys, $"key {i}");
            metadata.Add(new(key, reader.Value($"key '{key}'")));
        }

        object alignment = metadata.FirstOrDefault(entry => entry.Key == "general.alignment").Value ?? (long)GgufWriter.Alignment;
        return new GgufFile(version, metadata, reader.Tensors(tensors, alignment));
    }
}
