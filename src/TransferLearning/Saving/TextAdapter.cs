using System.Text.Json;
using TorchSharp;

namespace TransferLearning;

/// <summary>Low-rank additions, and the head, in files of the PEFT library's form.</summary>
internal static class TextAdapter
{
    private const string ConfigFile = "adapter_config.json";
    private const string WeightsFile = "adapter_model.safetensors";
    private const string DescriptionFile = "transferlearning.json";
    private const string Prefix = "base_model.model.";
    private static readonly Dictionary<string, string> TorchFormat = new() { ["format"] = "pt" };
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    public static void Save(string folder, TextNetwork network, LoraPlan plan, LearningTask task)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Directory.CreateDirectory(folder);
        string[] heads = [.. network.named_children().Select(child => child.name).Where(network.HeadNames.Contains)];
        using (StateDict weights = StateDict.FromTensors(Own(network).Select(entry => KeyValuePair.Create(Prefix + entry.Key, entry.Value)), TorchFormat))
        {
            weights.Save(Path.Combine(folder, WeightsFile), CheckpointFormat.SafeTensors);
        }

        Dictionary<string, object?> config = new()
        {
            ["peft_type"] = "LORA",
            ["task_type"] = task switch
            {
                ClassTask or Regression when task.Head.Kind == HeadKind.Pooled => "SEQ_CLS",
                TokenClassification => "TOKEN_CLS",
                QuestionAnswering => "QUESTION_ANS",
                CausalLanguageModeling => "CAUSAL_LM",
                SequenceToSequence => "SEQ_2_SEQ_LM",
                _ => null,
            },
            ["r"] = plan.Rank,
            ["lora_alpha"] = plan.Alpha,
            ["lora_dropout"] = plan.Dropout,
            ["target_modules"] = plan.Targets,
            ["modules_to_save"] = heads,
            ["bias"] = "none",
            ["fan_in_fan_out"] = false,
            ["inference_mode"] = true,
        };
        TextModelFolder.WriteText(Path.Combine(folder, DescriptionFile), new ModelDescription { Task = SavedTask.Of(task) }.ToJson());
        TextModelFolder.WriteText(Path.Combine(folder, ConfigFile), JsonSerializer.Serialize(config, Json));
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
                $"The adapter in '{folder}' was trained for the classes {Dataset.Shown(names)}, and the model has {Dataset.Shown(classes.ClassNames)}. "
                + $"Call ReplaceHead({names.Count}) first, or take the adapter of this model.");
    }

    public static LoraPlan ReadPlan(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string path = Path.Combine(folder, ConfigFile);
        ModelConfig config = File.Exists(path)
            ? ModelConfig.FromFile(path)
            : throw new FileNotFoundException($"'{folder}' has no {ConfigFile}; SaveAdapter and the PEFT library write one beside {WeightsFile}.", path);
        string kind = config.Text("peft_type");
        if (kind != "LORA" || config.Flag("use_dora") || config.Flag("use_rslora") || config.Text("bias", "none") != "none")
        {
            throw new InvalidDataException($"'{path}': only plain low-rank additions can be loaded (peft_type LORA, no DoRA, no rsLoRA, bias none); this is {kind}.");
        }

        IReadOnlyList<string> targets = config.Texts("target_modules") ?? LoraPlan.QueriesAndValues;
        return new LoraPlan(config.Size("r", most: 1 << 16), config.Number("lora_alpha"), config.Probability("lora_dropout", 0), targets);
    }

    public static void Load(string folder, TextNetwork network)
    {
        KeyMap names = KeyMap.Empty.Prefix(Prefix, "").Pattern(@"\.(lora_[AB])\.default\.weight$", ".$1.weight").Pattern(@"\.modules_to_save\.default\.", ".").Pattern(@"^(.*)\.modules_to_save\.", "$1.");
        using StateDict state = StateDict.Open(Path.Combine(folder, WeightsFile), new CheckpointOptions { KeyMap = names });
        state.LoadInto([.. Own(network)], new LoadOptions { OptionalPrefixes = [.. network.HeadNames] });
    }

    private static IEnumerable<KeyValuePair<string, torch.Tensor>> Own(TextNetwork network)
        => network.State().Where(entry => LoraPlan.IsLoraWeight(entry.Key) || network.IsInHead(entry.Key));
}
