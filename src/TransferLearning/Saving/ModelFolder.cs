namespace TransferLearning;

/// <summary>The form of a saved model that a <c>config.json</c> describes: Hugging Face's folder, and one file more for what that does not
/// hold. What another model left in the folder is removed, so that no file of it can win over one that was written.</summary>
internal static class ModelFolder
{
    private const string DescriptionFile = "transferlearning.json";
    private const int LargestDescription = 64 << 20;
    private static readonly Dictionary<string, string> TorchFormat = new() { ["format"] = "pt" }; // what Python's reader asks for

    private static readonly string[] TokenizerFiles =
    [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.txt", "vocab.json", "merges.txt",
        "encoder.json", "vocab.bpe", "spiece.model", "sentencepiece.bpe.model", "tokenizer.model", "source.spm", "target.spm",
        "normalizer.json",
    ];

    private static readonly string[] OtherFiles =
    [
        "generation_config.json", "adapter_config.json", "adapter_model.safetensors", "adapter_model.bin", "pytorch_model.bin",
        "pytorch_model.bin.index.json",
        "model.safetensors.index.json", "preprocessor_config.json", DescriptionFile,
    ];

    /// <summary>Writes weights, the files beside them, description and, last, the configuration.</summary>
    /// <param name="folder">The folder; made if it does not exist.</param>
    /// <param name="config">The configuration.</param>
    /// <param name="state">The weights.</param>
    /// <param name="writeBeside">Writes the files of the tokenizer and of the preprocessor into a folder, and returns their names.</param>
    /// <param name="description">What the other files do not hold; null writes what others' tools read alone.</param>
    public static void Write(
        string folder,
        ModelConfig config,
        IReadOnlyList<KeyValuePair<string, torch.Tensor>> state,
        Func<string, IReadOnlyList<string>> writeBeside,
        ModelDescription? description)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Directory.CreateDirectory(folder);
        using (StateDict weights = StateDict.FromTensors(state, TorchFormat))
        {
            weights.Save(Path.Combine(folder, "model.safetensors"), CheckpointFormat.SafeTensors);
        }

        HashSet<string> kept = [.. writeBeside(folder)];
        foreach (string name in TokenizerFiles.Concat(OtherFiles).Concat(Shards(folder)).Where(name => !kept.Contains(name)))
        {
            File.Delete(Path.Combine(folder, name));
        }

        if (description is not null)
        {
            WriteText(Path.Combine(folder, DescriptionFile), description.ToJson());
        }

        WriteText(Path.Combine(folder, "config.json"), config.ToJson());
    }

    /// <summary>Writes what Hugging Face's tools read alone, with LoRA weights merged.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="config">The configuration.</param>
    /// <param name="network">The network, which does not change.</param>
    /// <param name="writeBeside">As for <see cref="Write"/>.</param>
    /// <param name="halfPrecision">Whether weights are written in float16.</param>
    public static void WriteMerged(
        string folder, ModelConfig config, Network network, Func<string, IReadOnlyList<string>> writeBeside, bool halfPrecision)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable guard = torch.no_grad();
        torch.Tensor Stored(torch.Tensor tensor) => halfPrecision && tensor.is_floating_point()
            ? tensor.to(torch.ScalarType.Float16)
            : tensor;
        Write(
            folder,
            config,
            [.. AdapterPlan.Merged(network).Select(entry => KeyValuePair.Create(entry.Key, Stored(entry.Value)))],
            writeBeside,
            null);
    }

    public static ModelDescription? ReadDescription(string folder)
    {
        string path = Path.Combine(folder, DescriptionFile);
        if (!File.Exists(path))
        {
            return null;
        }

        return new FileInfo(path).Length <= LargestDescription
            ? ModelDescription.Parse(path, File.ReadAllText(path))
            : throw new InvalidDataException(
                $"'{path}': the description of the saved model is larger than {LargestDescription} bytes. Save the model again.");
    }

    public static void WriteText(string path, string text) => AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    /// <summary>Copies the tokenizer's files and returns their names.</summary>
    /// <exception cref="FileNotFoundException">There are none any more.</exception>
    public static IReadOnlyList<string> CopyTokenizer(string from, string to)
    {
        string[] files = [.. TokenizerFiles.Where(name => File.Exists(Path.Combine(from, name)))];
        if (files.Length == 0)
        {
            throw new FileNotFoundException(
                $"The files of the tokenizer are gone from '{from}', so the model cannot be saved whole; put them back.", from);
        }

        foreach (string name in Path.GetFullPath(from) == Path.GetFullPath(to) ? [] : files)
        {
            using FileStream source = File.OpenRead(Path.Combine(from, name));
            AtomicFile.Write(Path.Combine(to, name), source.CopyTo);
        }

        return files;
    }

    private static string[] Shards(string folder)
    =>
    [
        .. Directory.EnumerateFiles(folder, "model-*-of-*.safetensors").Concat(Directory.EnumerateFiles(folder, "pytorch_model-*-of-*.bin"))
            .Select(path => Path.GetFileName(path)!),
    ];
}
