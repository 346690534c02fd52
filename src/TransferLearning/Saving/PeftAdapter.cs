namespace TransferLearning;

/// <summary>LoRA weights, and the head, in files of the PEFT library's form.</summary>
internal static class PeftAdapter
{
    private const string ConfigFile = "adapter_config.json";
    private const string WeightsFile = "adapter_model.safetensors";
    private const string DescriptionFile = "transferlearning.json";
    private const string Prefix = "base_model.model.";
    private static readonly Dictionary<string, string> TorchFormat = new() { ["format"] = "pt" };
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    public static void Save(string folder, ConfigNetwork network, LoraOptions options, LearningTask task)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Directory.CreateDirectory(folder);
        string[] heads = [.. network.named_children().Select(child => child.name).Where(network.HeadNames.Contains)];
        using (
            StateDict weights = StateDict.FromTensors(
                Own(network).Select(entry => KeyValuePair.Create(Prefix + entry.Key, entry.Value)), TorchFormat))
        {
            weights.Save(Path.Combine(folder, WeightsFile), CheckpointFormat.SafeTensors);
        }

        string? taskType = task switch
        {
            ClassTask or Regression when task.Head.Kind == HeadKind.Pooled => "SEQ_CLS",
            TokenClassification => "TOKEN_CLS",
            QuestionAnswering => "QUESTION_ANS",
            CausalLanguageModeling => "CAUSAL_LM",
            SequenceToSequence => "SEQ_2_SEQ_LM",
            _ => null,
        };
        bool storesInputsFirst = network.modules().Any(module => module is WeightLayer { StoresInputsFirst: true, Branch: not null });
        Dictionary<string, object?> config = PeftConfig.Write(options, taskType, heads, storesInputsFirst);
        ModelFolder.WriteText(Path.Combine(folder, DescriptionFile), new ModelDescription { Task = SavedTask.Of(task) }.ToJson());
        ModelFolder.WriteText(Path.Combine(folder, ConfigFile), JsonSerializer.Serialize(config, Json));
    }

    /// <summary>How the adapter's logits are scaled; null where it is not calibrated.</summary>
    public static LogitScaling? ReadScaling(string folder)
    {
        string path = Path.Combine(folder, DescriptionFile);
        return File.Exists(path) ? ModelDescription.Parse(path, File.ReadAllText(path)).Task!.Scaling : null;
    }

    /// <summary>The names of the classes that the adapter's head was trained for; null where it does not say them.</summary>
    /// <exception cref="ArgumentException">The model has other classes.</exception>
    public static IReadOnlyList<string>? ReadClassNames(string folder, LearningTask task)
    {
        string path = Path.Combine(folder, DescriptionFile);
        IReadOnlyList<string>? names = File.Exists(path) ? ModelDescription.Parse(path, File.ReadAllText(path)).Task!.ClassNames : null;
        if (names is null || task is not ClassTask classes)
        {
            return null;
        }

        return names.Count == classes.ClassCount && (!classes.HasClassNames || classes.ClassNames.ToHashSet().SetEquals(names))
            ? names
            : throw new ArgumentException(
                $"The adapter in '{folder}' was trained for the classes {Dataset.Shown(names)}, and the model has "
                    + $"{Dataset.Shown(classes.ClassNames)}. Call ReplaceHead({names.Count}) first, or take the adapter of this model.");
    }

    public static LoraOptions ReadPlan(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string path = Path.Combine(folder, ConfigFile);
        ModelConfig config = File.Exists(path)
            ? ModelConfig.FromFile(path)
            : throw new FileNotFoundException(
                $"'{folder}' has no {ConfigFile}; SaveAdapter and the PEFT library write one beside {WeightsFile}.", path);
        return PeftConfig.Read(config);
    }

    public static void Load(string folder, ConfigNetwork network)
    {
        KeyMap names = KeyMap.Empty.Prefix(Prefix, "")
            .Pattern(@"\.(lora_[AB])\.default\.(weight|bias)$", ".$1.$2")
            .Pattern(@"\.modules_to_save\.default\.", ".").Pattern(@"^(.*)\.modules_to_save\.", "$1.");
        using StateDict state = StateDict.Open(Path.Combine(folder, WeightsFile), new CheckpointOptions { KeyMap = names });
        Dictionary<string, torch.Tensor> own = new(Own(network));
        foreach (TensorEntry entry in state.Entries)
        {
            if (!own.TryGetValue(entry.Name, out torch.Tensor? target))
            {
                throw new InvalidDataException(
                    $"'{folder}' holds '{entry.Name}', for which this {network.GetName()} has no place. Choose the network and the task "
                        + "that the adapter was trained for.");
            }

            if (!entry.Shape.SequenceEqual(target.shape))
            {
                throw new InvalidDataException(
                    $"'{entry.Name}' in '{folder}' has the shape [{string.Join(", ", entry.Shape)}] and the network's has "
                        + $"[{string.Join(", ", target.shape)}]: "
                    + "the trained weights would be lost. Give the network as many classes as the adapter was trained with.");
            }
        }

        state.LoadInto(
            [.. own],
            new LoadOptions
            {
                OptionalPrefixes =
                [
                    .. network.HeadNames.Where(name => !state.Entries.Any(entry => new NetworkStage(name).Holds(entry.Name)))
                ],
            });
    }

    private static IEnumerable<KeyValuePair<string, torch.Tensor>> Own(ConfigNetwork network)
        => network.State().Where(entry => LoraPlan.IsLoraWeight(entry.Key) || network.IsInHead(entry.Key));
}
