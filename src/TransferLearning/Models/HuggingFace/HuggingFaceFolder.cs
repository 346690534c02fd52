namespace TransferLearning;

/// <summary>
/// A folder with a network as Hugging Face's tools write it: <c>config.json</c> and <c>model.safetensors</c> or <c>pytorch_model.bin</c>,
/// or the index of one of the two in several files. It is open until it is disposed.
/// </summary>
public sealed class HuggingFaceFolder : IDisposable
{
    private const int NamesShown = 5;

    private static readonly string[] WeightFiles =
        ["model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json"];

    private readonly StateDict _state;

    private HuggingFaceFolder(string folder, ModelConfig config, ConfigFamily family, IReadOnlyList<string> notes, StateDict state)
        => (Folder, Config, Family, Notes, _state) = (folder, config, family, notes, state);

    /// <summary>The folder, or the file that was opened without one.</summary>
    public string Folder { get; }

    /// <summary>The numbers of the network.</summary>
    public ModelConfig Config { get; }

    /// <summary>The family that the numbers name.</summary>
    public ConfigFamily Family { get; }

    /// <summary>
    /// The kind of head that the weights were saved with, by the name of the class in <c>config.json</c>; null where it says nothing.
    /// </summary>
    public HeadKind? Head => Config.Architectures.Select(Family.HeadOf).FirstOrDefault(head => head is not null);

    /// <summary>What the files ask for that is not followed, a sentence each; usually empty. Reports of loading repeat it.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>The names of the weights in the file, in its order, before any renaming.</summary>
    public IReadOnlyList<string> Names => [.. _state.Entries.Select(entry => entry.Name)];

    /// <summary>Opens a folder; no weight is read yet.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="mapFile">Whether networks look into the weights' file instead of copying it:
    /// <see cref="CheckpointOptions.MapFile"/>.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FileNotFoundException">The configuration or the weights are missing; the message says what was looked
    /// for.</exception>
    /// <exception cref="InvalidDataException">The configuration is unsound, or its <c>model_type</c> unknown.</exception>
    /// <exception cref="CheckpointException">The weights are damaged.</exception>
    public static HuggingFaceFolder Open(string folder, bool mapFile = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException(
                $"There is no folder '{folder}'. Give the folder that holds config.json, the weights and the tokenizer's files.");
        }

        string configFile = Path.Combine(folder, "config.json");
        if (!File.Exists(configFile))
        {
            throw new FileNotFoundException(
                $"'{folder}' has no config.json. It lies beside the weights where they were published; put it into the folder.",
                configFile);
        }

        (ModelConfig config, IReadOnlyList<string> notes) = WithGeneration(
            ModelConfig.FromFile(configFile), Path.Combine(folder, "generation_config.json"));
        ConfigFamily family = ConfigCatalog.Of(config);
        string weights = WeightFiles.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists)
            ?? throw new FileNotFoundException(
                $"'{folder}' has no weights: looked for {string.Join(", ", WeightFiles)}. Files for other programs (tf_model.h5, "
                    + "flax_model.msgpack) are not read.",
                Path.Combine(folder, WeightFiles[0]));
        return new HuggingFaceFolder(folder, config, family, notes, StateDict.Open(weights, new CheckpointOptions { MapFile = mapFile }));
    }

    /// <summary>Opens a file of weights that has no folder of its own, such as one of OpenAI's or torchaudio's.</summary>
    /// <param name="weights">The file.</param>
    /// <param name="config">The configuration of its network: <see cref="Whisper.ConfigOf"/>, or that of the same weights at Hugging
    /// Face.</param>
    /// <param name="mapFile">Whether networks look into the file instead of copying it: <see cref="CheckpointOptions.MapFile"/>.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The <c>model_type</c> of the configuration is unknown.</exception>
    /// <exception cref="CheckpointException">The weights are damaged.</exception>
    public static HuggingFaceFolder OpenFile(string weights, ModelConfig config, bool mapFile = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(weights);
        ConfigFamily family = ConfigCatalog.Of(config);
        return new HuggingFaceFolder(weights, config, family, [], StateDict.Open(weights, new CheckpointOptions { MapFile = mapFile }));
    }

    /// <summary>Builds the network and fills it.</summary>
    /// <param name="head">Its head; null means the one that it was saved with, and none where that is unknown. An
    /// <see cref="HeadSpec.Outputs"/> of 0 means as many as the configuration names.</param>
    /// <param name="seed">What fixes the weights of a head that the file lacks.</param>
    /// <returns>The network, which the caller disposes, and what became of each weight.</returns>
    /// <exception cref="ArgumentException">The family has no head of that kind.</exception>
    /// <exception cref="WeightLoadException">The file does not fill the backbone.</exception>
    /// <exception cref="InvalidDataException">The numbers of the configuration and the weights differ.</exception>
    public (ConfigNetwork Network, WeightLoadReport Report) Build(HeadSpec? head = null, long seed = 0)
    {
        HeadSpec chosen = head ?? new HeadSpec(Head ?? HeadKind.None);
        ConfigNetwork network = Family.Build(
            Config,
            chosen.Outputs > 0 || chosen.Kind == HeadKind.Vocabulary ? chosen : chosen with { Outputs = Config.LabelCount });
        try
        {
            return (network, Fill(network, seed, replacesHead: head?.Outputs > 0));
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Reads the weights into a network of this family. Names with and without the backbone's prefix, old names and names of tied weights
    /// are understood. What the file lacks of the head begins anew: N(0, 0.02), or what <c>initializer_range</c> says; the report lists it
    /// as missing.
    /// </summary>
    /// <param name="network">The network; its other weights are untouched.</param>
    /// <param name="seed">What fixes the weights that begin anew.</param>
    /// <param name="isWanted">Which weights to read, by name; null means all.</param>
    /// <param name="replacesHead">Whether the network's head is meant to be new where the file's has another size. False refuses
    /// that.</param>
    /// <returns>What became of each weight; its notes name what the configuration overrules.</returns>
    /// <exception cref="WeightLoadException">The file lacks a part of the backbone; nothing was changed.</exception>
    /// <exception cref="InvalidDataException">The vocabulary or the head of the configuration has another size than that of the weights, or
    /// the file holds a tensor that the network has no place for; the message names it. Nothing was changed.</exception>
    public WeightLoadReport Fill(ConfigNetwork network, long seed = 0, Func<string, bool>? isWanted = null, bool replacesHead = false)
    {
        ArgumentNullException.ThrowIfNull(network);
        IReadOnlyList<KeyValuePair<string, Tensor>> targets = [.. network.State().Where(entry => isWanted is null || isWanted(entry.Key))];
        HuggingFaceNames names = new(
            network, _state.Entries, skipsHead: Head is { } saved && saved != HeadKind.None && saved != network.HeadKind);
        RequirePlaces(network, names.Unknown);
        Dictionary<string, TensorEntry> byName = names.Entries.ToDictionary(entry => entry.Name);
        RequireVocabulary(network, byName);
        List<string> fresh = [];
        foreach ((string name, Tensor target) in targets)
        {
            bool isThere = byName.TryGetValue(name, out TensorEntry? entry);
            if (isThere && entry!.Shape.SequenceEqual(target.shape))
            {
                continue;
            }

            fresh.Add(name);
            if (isThere && !replacesHead && network.IsInHead(name))
            {
                throw new InvalidDataException(
                    $"'{name}' in the weights of '{Folder}' has the shape [{string.Join(", ", entry!.Shape)}], and the head that "
                        + $"'{Config.Source}' describes has [{string.Join(", ", target.shape)}] (id2label, num_labels): the trained head "
                        + "would be lost. Correct the configuration, or ask for a new head.");
            }
        }

        HashSet<string> wanted = [.. targets.Select(target => target.Key)];
        WeightLoadReport report = _state.WithEntries([.. byName.Values.Where(entry => wanted.Contains(entry.Name))])
            .LoadInto(targets, new LoadOptions { OptionalPrefixes = [.. fresh.Where(name => MayBeAbsent(network, name))] });
        if (fresh.Count > 0)
        {
            network.InitializeOwnersOf(seed, fresh);
        }

        return report with
        {
            Notes = [.. Notes, .. names.Twice.Where(pair => Differ(pair.Own, pair.Tied)).Select(pair => Overruled(network, pair.Own.Name))],
        };
    }

    /// <summary>Closes the files.</summary>
    public void Dispose() => _state.Dispose();

    // Since 2022 Python writes how to decode into a file of its own.
    private static (ModelConfig Config, IReadOnlyList<string> Notes) WithGeneration(ModelConfig config, string file)
    {
        if (!File.Exists(file))
        {
            return (config, []);
        }

        ModelConfig generation = ModelConfig.FromFile(file);
        GenerationConfig.Check(generation); // so that an error names this file
        return (config.With(generation, GenerationConfig.Keys), [.. GenerationConfig.NotFollowed(generation)]);
    }

    private static string Overruled(ConfigNetwork network, string parameter)
        => "The configuration ties "
            + $"{string.Join(" and ", network.Tied.Where(pair => pair.Value == parameter).Select(pair => $"'{pair.Key}'"))} to "
            + $"'{parameter}' (tie_word_embeddings), and the file holds different weights for it, which are not used; set "
            + "tie_word_embeddings to false in config.json to use them.";

    private static bool Differ(TensorEntry own, TensorEntry tied)
    {
        if (ReferenceEquals(own.View.Storage, tied.View.Storage) && own.View.Storage is not null)
        {
            return false;
        }

        using Tensor first = own.View.Read();
        using Tensor second = tied.View.Read();
        return !first.shape.AsSpan().SequenceEqual(second.shape) || !first.allclose(second, 0, 0);
    }

    // What writes must have its output layer: a new one would write nonsense.
    private static bool MayBeAbsent(ConfigNetwork network, string name)
        => (network.IsInHead(name) && network is not IDecodingNetwork)
            || (network.IsInHead(name) && network.HeadKind != HeadKind.Vocabulary)
            || network.OptionalNames.Any(part => new NetworkStage(part).Holds(name));

    private void RequirePlaces(ConfigNetwork network, IReadOnlyList<string> unknown)
    {
        if (unknown.Count > 0)
        {
            throw new InvalidDataException(
                $"The weights of '{Folder}' hold {string.Join(", ", unknown.Take(NamesShown).Select(name => $"'{name}'"))}"
                + $"{(unknown.Count > NamesShown ? $" and {unknown.Count - NamesShown} more" : "")}, for which {Family.Name} as "
                + $"'{Config.Source}' describes it has no place: "
                + "the network would not compute what it was trained to. Get configuration and weights from one place.");
        }
    }

    private void RequireVocabulary(ConfigNetwork network, Dictionary<string, TensorEntry> entries)
    {
        if (network.WordEmbeddingName is { } name && entries.TryGetValue(name, out TensorEntry? table) && table.Shape.Count == 2
            && Config.Has("vocab_size") && table.Shape[0] != Config.Whole("vocab_size"))
        {
            throw new InvalidDataException(
                $"'{Config.Source}' names a vocabulary of {Config.Whole("vocab_size")} tokens (vocab_size), and '{table.Name}' in the "
                    + $"weights of '{Folder}' has {table.Shape[0]} rows. "
                + "Configuration and weights belong to different networks: get both from one place.");
        }
    }
}
