using System.Text;
using System.Text.Json;
using TorchSharp;

namespace TransferLearning;

/// <summary>The form of a saved text model: Hugging Face's folder, and one file more for what that does not hold.</summary>
internal static class TextModelFolder
{
    private const string DescriptionFile = "transferlearning.json";
    private const int LargestDescription = 64 << 20;
    private const int CurrentVersion = 1;
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, MaxDepth = 16 };
    private static readonly Dictionary<string, string> TorchFormat = new() { ["format"] = "pt" }; // what Python's reader asks for

    private static readonly string[] TokenizerFiles =
    [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.txt", "vocab.json", "merges.txt",
        "encoder.json", "vocab.bpe", "spiece.model", "sentencepiece.bpe.model", "tokenizer.model", "source.spm", "target.spm",
    ];

    /// <summary>Writes weights, tokenizer and, last, the configuration.</summary>
    public static void Write(string folder, ModelConfig config, IReadOnlyList<KeyValuePair<string, torch.Tensor>> state, string tokenizerFolder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Directory.CreateDirectory(folder);
        using (StateDict weights = StateDict.FromTensors(state, TorchFormat))
        {
            weights.Save(Path.Combine(folder, "model.safetensors"), CheckpointFormat.SafeTensors);
        }

        CopyTokenizer(tokenizerFolder, folder);
        File.Delete(Path.Combine(folder, DescriptionFile)); // of an older model, with other additions
        WriteText(Path.Combine(folder, "config.json"), config.ToJson());
    }

    public static void WriteDescription(string folder, Description description)
        => WriteText(Path.Combine(folder, DescriptionFile), JsonSerializer.Serialize(description with { Version = CurrentVersion }, Json));

    public static bool HasDescription(string folder) => File.Exists(Path.Combine(folder, DescriptionFile));

    public static Description? ReadDescription(string folder)
    {
        string path = Path.Combine(folder, DescriptionFile);
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            Description description = new FileInfo(path).Length <= LargestDescription
                ? JsonSerializer.Deserialize<Description>(File.ReadAllText(path), Json) ?? throw new JsonException("it is empty")
                : throw new JsonException("it is too large");
            if (description.Version is <= 0 or > CurrentVersion)
            {
                throw new InvalidDataException($"'{path}' is of version {description.Version}; this library reads up to {CurrentVersion}. Update the package.");
            }

            return description.Frozen is not null && description.Lora is null or { Rank: > 0, Targets: not null } ? description : throw new JsonException("a value is missing");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"'{path}': the description of the saved model is damaged ({exception.Message}). Save the model again, or delete the file to load the weights alone.", exception);
        }
    }

    public static void WriteText(string path, string text) => AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    private static void CopyTokenizer(string from, string to)
    {
        if (Path.GetFullPath(from) == Path.GetFullPath(to))
        {
            return;
        }

        string[] files = [.. TokenizerFiles.Where(name => File.Exists(Path.Combine(from, name)))];
        if (files.Length == 0)
        {
            throw new FileNotFoundException($"The files of the tokenizer are gone from '{from}', so the model cannot be saved whole; put them back.", from);
        }

        foreach (string name in files)
        {
            using FileStream source = File.OpenRead(Path.Combine(from, name));
            AtomicFile.Write(Path.Combine(to, name), source.CopyTo);
        }
    }

    /// <summary>What Hugging Face's files do not hold.</summary>
    internal sealed record Description(IReadOnlyList<string> Frozen, int MaximumLength, bool RefusesLonger, double? LayerDecay, LoraOptions? Lora)
    {
        public int Version { get; init; }
    }
}
