namespace TransferLearning;

/// <summary>The <c>adapter_config.json</c> of the PEFT library as <see cref="AdapterOptions"/> and back; methods that it has not are
/// written in a form of this library's own.</summary>
internal static class PeftConfig
{
    private const int LargestRank = 1 << 16;

    // What says where the weights came from, or how they began, and changes nothing about what they compute.
    private static readonly HashSet<string> Known =
    [
        "peft_type", "modules_to_save", "task_type", "inference_mode", "auto_mapping", "base_model_name_or_path", "revision",
        "peft_version",
    ];

    private static readonly HashSet<string> OfLora =
    [
        "r", "lora_alpha", "lora_dropout", "target_modules", "alpha_pattern", "rank_pattern", "layers_to_transform", "layers_pattern",
        "lora_bias", "use_rslora", "use_dora", "fan_in_fan_out", "bias", "init_lora_weights", "loftq_config", "eva_config", "megatron_core",
        "qalora_group_size", "runtime_config",
    ];

    private static readonly HashSet<string> OfIa3 = ["target_modules", "feedforward_modules", "fan_in_fan_out", "init_ia3_weights"];

    // How prompts began is in their weights; the network knows its own sizes.
    private static readonly HashSet<string> OfPrompts =
    [
        "num_virtual_tokens", "token_dim", "num_attention_heads", "num_layers", "prompt_tuning_init", "prompt_tuning_init_text",
        "tokenizer_name_or_path", "tokenizer_kwargs", "encoder_hidden_size", "prefix_projection",
    ];

    // These change the layers' own weights when training begins.
    private static readonly HashSet<string> PlainBeginnings = ["gaussian", "eva", "orthogonal"];

    /// <summary>The key under which this library's own form has the options.</summary>
    private const string OwnKey = "transferlearning_adapter";

    /// <summary>What a file asks for.</summary>
    /// <exception cref="InvalidDataException">It asks for another method, or for a part of one that is not known; the message names the
    /// key.</exception>
    public static AdapterOptions Read(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        AdapterOptions options = config.Has(OwnKey) ? ReadOwn(config) : config.Text("peft_type") switch
        {
            "LORA" => ReadLora(config),
            "IA3" => ReadIa3(config),
            "PREFIX_TUNING" => new PrefixTuningOptions { Length = ReadLength(config) },
            "PROMPT_TUNING" => new PromptTuningOptions { Length = ReadLength(config) },
            _ => throw Refusal(config, "peft_type", "LORA, IA3, PREFIX_TUNING or PROMPT_TUNING"),
        };
        try
        {
            options.Validate();
        }
        catch (ArgumentException exception)
        {
            throw new InvalidDataException($"'{config.Source}': {exception.Message}", exception);
        }

        return options;
    }

    /// <summary>The keys and values of a file.</summary>
    /// <param name="options">What the network has.</param>
    /// <param name="taskType">PEFT's name of the task, or null.</param>
    /// <param name="heads">The modules that are saved whole.</param>
    /// <param name="storesInputsFirst">Whether the layers are GPT-2's, whose weights are [inputs, outputs].</param>
    /// <param name="blocks">The blocks of the network, which prompts' files describe.</param>
    public static Dictionary<string, object?> Write(
        AdapterOptions options, string? taskType, IReadOnlyList<string> heads, bool storesInputsFirst = false,
        IReadOnlyList<ITransformerBlock>? blocks = null)
    {
        Dictionary<string, object?> config = options switch
        {
            LoraOptions lora => Written(lora, storesInputsFirst),
            Ia3Options ia3 => Written(ia3, storesInputsFirst),
            PrefixTuningOptions prefix => Written("PREFIX_TUNING", prefix.Length, blocks ?? []),
            PromptTuningOptions prompt => Written("PROMPT_TUNING", prompt.Length, blocks ?? []),
            _ => new() { [OwnKey] = JsonSerializer.SerializeToElement(options) },
        };
        config["task_type"] = taskType;
        config["inference_mode"] = true;
        if (options is TargetedAdapterOptions)
        {
            config["modules_to_save"] = heads; // prompts' files have the heads that the task names
        }

        return config;
    }

    private static LoraOptions ReadLora(ModelConfig config)
    {
        RefuseOthers(config, OfLora);
        Refuse(config, "bias", config.Text("bias", "none") != "none", "none");
        Refuse(
            config,
            "init_lora_weights",
            config.IsText("init_lora_weights") && !PlainBeginnings.Contains(config.Text("init_lora_weights")),
            "true");
        (IReadOnlyList<string>? targets, string? pattern) = Targets(config);
        return new LoraOptions
        {
            Rank = config.Size("r", 8, LargestRank),
            Alpha = config.Number("lora_alpha", 8),
            Dropout = config.Probability("lora_dropout", 0),
            Targets = targets ?? LoraOptions.QueriesAndValues,
            TargetPattern = pattern,
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
            UsesDora = config.Flag("use_dora"),
            HasBias = config.Flag("lora_bias"),
        };
    }

    private static Ia3Options ReadIa3(ModelConfig config)
    {
        RefuseOthers(config, OfIa3);
        Refuse(config, "init_ia3_weights", !config.Flag("init_ia3_weights", true), "true");
        (IReadOnlyList<string>? targets, string? pattern) = Targets(config);
        Ia3Options defaults = new();
        return defaults with
        {
            Targets = targets ?? defaults.Targets,
            TargetPattern = pattern,
            FeedForwardTargets = config.Texts("feedforward_modules") ?? (targets is null ? defaults.FeedForwardTargets : []),
        };
    }

    private static int ReadLength(ModelConfig config)
    {
        RefuseOthers(config, [.. OfPrompts, "num_transformer_submodules"]);
        Refuse(config, "num_transformer_submodules", config.Whole("num_transformer_submodules", 1) != 1, "1");
        return config.Size("num_virtual_tokens", null, LargestRank);
    }

    private static AdapterOptions ReadOwn(ModelConfig config)
    {
        try
        {
            return JsonSerializer.Deserialize<AdapterOptions>(config.Json(OwnKey)) ?? throw new JsonException("it is empty");
        }
        catch (Exception exception) when (exception is JsonException or NotSupportedException)
        {
            throw new InvalidDataException(
                $"'{config.Source}': '{OwnKey}' is damaged or of a later version ({exception.Message}). Save the adapter again.",
                exception);
        }
    }

    private static (IReadOnlyList<string>? Targets, string? Pattern) Targets(ModelConfig config)
        => config.IsText("target_modules") && config.Text("target_modules") != "all-linear"
            ? ([], config.Text("target_modules"))
            : (config.Texts("target_modules"), null);

    private static object Written(TargetedAdapterOptions options)
        => options.TargetPattern is { } pattern ? pattern : options.Targets is ["all-linear"] ? "all-linear" : options.Targets;

    private static Dictionary<string, object?> Written(LoraOptions options, bool storesInputsFirst) => new()
    {
        ["peft_type"] = "LORA",
        ["r"] = options.Rank,
        ["lora_alpha"] = options.Alpha,
        ["lora_dropout"] = options.Dropout,
        ["target_modules"] = Written(options),
        ["layers_to_transform"] = options.LayersToTransform,
        ["layers_pattern"] = options.LayersPattern.Count == 0 ? null : options.LayersPattern,
        ["rank_pattern"] = options.RankPattern,
        ["alpha_pattern"] = options.AlphaPattern,
        ["use_rslora"] = options.UsesRankStabilizedScale,
        ["use_dora"] = options.UsesDora,
        ["lora_bias"] = options.HasBias,
        ["bias"] = "none",
        ["fan_in_fan_out"] = storesInputsFirst,
    };

    private static Dictionary<string, object?> Written(Ia3Options options, bool storesInputsFirst)
    {
        if (options.LayersToTransform is not null)
        {
            throw new NotSupportedException(
                $"The PEFT library's form of (IA)3 knows no {nameof(options.LayersToTransform)}; name the layers by a TargetPattern, or "
                    + "write the whole model with Save.");
        }

        return new()
        {
            ["peft_type"] = "IA3",
            ["target_modules"] = Written(options),
            ["feedforward_modules"] = options.FeedForwardTargets,
            ["fan_in_fan_out"] = storesInputsFirst,
            ["init_ia3_weights"] = true,
        };
    }

    private static Dictionary<string, object?> Written(string type, int length, IReadOnlyList<ITransformerBlock> blocks)
    {
        Dictionary<string, object?> config = new() { ["peft_type"] = type, ["num_virtual_tokens"] = length };
        if (blocks.Count > 0)
        {
            config["token_dim"] = blocks[0].Width;
            config["num_attention_heads"] = blocks[0].Heads;
            config["num_layers"] = blocks.Count;
        }

        config["num_transformer_submodules"] = 1;
        config[type == "PREFIX_TUNING" ? "prefix_projection" : "prompt_tuning_init"] = type == "PREFIX_TUNING" ? false : "RANDOM";
        return config;
    }

    private static void RefuseOthers(ModelConfig config, HashSet<string> known)
    {
        foreach (string key in config.Keys.Where(key => !Known.Contains(key) && !known.Contains(key)))
        {
            Refuse(config, key, config.IsSet(key), "null");
        }
    }

    private static void Refuse(ModelConfig config, string key, bool isWrong, string expected)
    {
        if (isWrong)
        {
            throw Refusal(config, key, expected);
        }
    }

    private static InvalidDataException Refusal(ModelConfig config, string key, string expected)
        => new(
            $"'{config.Source}': '{key}' asks for what this library does not have; expected {expected}. Merge the adapter into its "
                + "network with the library that wrote it.");
}
