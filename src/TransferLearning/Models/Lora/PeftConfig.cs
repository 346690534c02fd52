namespace TransferLearning;

/// <summary>The <c>adapter_config.json</c> of the PEFT library as <see cref="LoraOptions"/> and back.</summary>
internal static class PeftConfig
{
    private const int LargestRank = 1 << 16;

    // What says where the weights came from, or how they began, and changes nothing about what they compute.
    private static readonly HashSet<string> Known =
    [
        "peft_type", "r", "lora_alpha", "lora_dropout", "target_modules", "alpha_pattern", "rank_pattern", "layers_to_transform",
        "layers_pattern", "lora_bias",
        "use_rslora", "fan_in_fan_out", "bias", "init_lora_weights", "modules_to_save", "task_type", "inference_mode", "auto_mapping",
        "base_model_name_or_path",
        "revision", "peft_version", "loftq_config", "eva_config", "megatron_core", "qalora_group_size", "runtime_config",
    ];

    // These change the layers' own weights when training begins.
    private static readonly HashSet<string> PlainBeginnings = ["gaussian", "eva", "orthogonal"];

    /// <summary>What a file asks for.</summary>
    /// <exception cref="InvalidDataException">It asks for what is not LoRA, or for a part of it that is not known; the message names the
    /// key.</exception>
    public static LoraOptions Read(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        Refuse(config, "peft_type", config.Text("peft_type") != "LORA", "LORA");
        Refuse(config, "bias", config.Text("bias", "none") != "none", "none");
        Refuse(
            config,
            "init_lora_weights",
            config.IsText("init_lora_weights") && !PlainBeginnings.Contains(config.Text("init_lora_weights")),
            "true");
        foreach (string key in config.Keys.Where(key => !Known.Contains(key)))
        {
            Refuse(config, key, config.IsSet(key), "null");
        }

        bool isPattern = config.IsText("target_modules") && config.Text("target_modules") != "all-linear";
        return new LoraOptions
        {
            Rank = config.Size("r", 8, LargestRank),
            Alpha = config.Number("lora_alpha", 8),
            Dropout = config.Probability("lora_dropout", 0),
            Targets = isPattern ? [] : config.Texts("target_modules") ?? LoraOptions.QueriesAndValues,
            TargetPattern = isPattern ? config.Text("target_modules") : null,
            LayersToTransform = config.Has("layers_to_transform") ? config.Wholes("layers_to_transform") : null,
            LayersPattern = config.Texts("layers_pattern") ?? [],
            RankPattern = config.Numbers("rank_pattern").ToDictionary(
                pair => pair.Key,
                pair => pair.Value is >= 1 and <= LargestRank && pair.Value == Math.Floor(pair.Value)
                    ? (int)pair.Value
                    : throw new InvalidDataException(
                        $"'{config.Source}': the rank of '{pair.Key}' in 'rank_pattern' is {pair.Value}; expected a whole number from 1.")),
            AlphaPattern = config.Numbers("alpha_pattern"),
            UsesRankStabilizedScale = config.Flag("use_rslora"),
            HasBias = config.Flag("lora_bias"),
        };
    }

    /// <summary>The keys and values of a file.</summary>
    /// <param name="options">What the network has.</param>
    /// <param name="taskType">PEFT's name of the task, or null.</param>
    /// <param name="heads">The modules that are saved whole.</param>
    /// <param name="storesInputsFirst">Whether the layers are GPT-2's, whose weights are [inputs, outputs].</param>
    public static Dictionary<string, object?> Write(
        LoraOptions options, string? taskType, IReadOnlyList<string> heads, bool storesInputsFirst = false) => new()
        {
            ["peft_type"] = "LORA",
            ["task_type"] = taskType,
            ["r"] = options.Rank,
            ["lora_alpha"] = options.Alpha,
            ["lora_dropout"] = options.Dropout,
            ["target_modules"] = options.TargetPattern is { } pattern
            ? pattern
            : options.Targets is ["all-linear"]
            ? "all-linear"
            : options.Targets,
            ["layers_to_transform"] = options.LayersToTransform,
            ["layers_pattern"] = options.LayersPattern.Count == 0 ? null : options.LayersPattern,
            ["rank_pattern"] = options.RankPattern,
            ["alpha_pattern"] = options.AlphaPattern,
            ["use_rslora"] = options.UsesRankStabilizedScale,
            ["lora_bias"] = options.HasBias,
            ["modules_to_save"] = heads,
            ["bias"] = "none",
            ["fan_in_fan_out"] = storesInputsFirst,
            ["inference_mode"] = true,
        };

    private static void Refuse(ModelConfig config, string key, bool isWrong, string expected)
    {
        if (isWrong)
        {
            throw new InvalidDataException(
                $"'{config.Source}': '{key}' asks for what this library does not have; expected {expected}. Merge the adapter into its "
                    + "network with the library that wrote it.");
        }
    }
}
