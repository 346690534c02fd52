namespace TransferLearning;

/// <summary>What the small files beside a tokenizer say about it; null or empty where they say nothing.</summary>
internal sealed record TokenizerSettings
{
    private static readonly string[] Roles = ["pad_token", "unk_token", "cls_token", "sep_token", "mask_token", "bos_token", "eos_token"];

    private static readonly Dictionary<string, string> Classes = new()
    {
        ["BertTokenizer"] = "bert",
        ["ElectraTokenizer"] = "bert",
        ["MobileBertTokenizer"] = "bert",
        ["ConvBertTokenizer"] = "bert",
        ["SqueezeBertTokenizer"] = "bert",
        ["LayoutLMTokenizer"] = "bert",
        ["LxmertTokenizer"] = "bert",
        ["RetriBertTokenizer"] = "bert",
        ["DPRContextEncoderTokenizer"] = "bert",
        ["DPRQuestionEncoderTokenizer"] = "bert",
        ["DPRReaderTokenizer"] = "bert",
        ["DistilBertTokenizer"] = "distilbert",
        ["RobertaTokenizer"] = "roberta",
        ["LongformerTokenizer"] = "longformer",
        ["LEDTokenizer"] = "led",
        ["BartTokenizer"] = "bart",
        ["GPT2Tokenizer"] = "gpt2",
        ["WhisperTokenizer"] = "whisper",
        ["CodeGenTokenizer"] = "gpt2",
        ["CLIPTokenizer"] = "clip",
        ["Qwen2Tokenizer"] = "qwen2",
        ["T5Tokenizer"] = "t5",
        ["MT5Tokenizer"] = "mt5",
        ["MarianTokenizer"] = "marian",
        ["XLMRobertaTokenizer"] = "xlm-roberta",
    };

    // Types of models whose tokenizer is that of another.
    private static readonly Dictionary<string, string> Families = new()
    {
        ["electra"] = "bert",
        ["mobilebert"] = "bert",
        ["convbert"] = "bert",
        ["squeezebert"] = "bert",
        ["layoutlm"] = "bert",
        ["lxmert"] = "bert",
        ["dpr"] = "bert",
        ["gpt_neo"] = "gpt2",
        ["gptj"] = "gpt2",
        ["codegen"] = "gpt2",
        ["clip_text_model"] = "clip",
        ["qwen2_moe"] = "qwen2",
    };

    // The library's own models may be saved with any tokenizer.
    private static readonly string[] OwnModels = ["bert", "distilbert", "roberta", "gpt2", "bart", "t5", "mt5", "marian", "xlm-roberta"];

    public static TokenizerSettings None { get; } = new();

    /// <summary>The family that the files name, by the tokenizer's class or else the model's type.</summary>
    public string? Family { get; init; }

    /// <summary>What names the family, for messages: a file and its entry.</summary>
    public string? FamilySource { get; init; }

    /// <summary>Whether the family is that of the model, which may have been given a tokenizer of another one.</summary>
    public bool IsFamilyOfModel { get; init; }

    public bool AddBeginToken { get; init; }
    public bool? LowerCase { get; init; }
    public bool? StripAccents { get; init; }
    public bool? SplitChinese { get; init; }
    public bool? AddPrefixSpace { get; init; }
    public bool? CleanUp { get; init; }
    public int? MaximumLength { get; init; }
    public int? ExtraIds { get; init; }

    /// <summary>The special token of each role, such as <c>pad_token</c>.</summary>
    public IReadOnlyDictionary<string, string> Special { get; init; } = new Dictionary<string, string>();

    /// <summary>Tokens added to the vocabulary, with their ids.</summary>
    public IReadOnlyList<AddedToken> Added { get; init; } = [];

    public static TokenizerSettings Read(string folder)
    {
        Dictionary<string, string> special = [];
        Dictionary<int, AddedToken> added = [];
        TokenizerSettings settings = None;
        Each(folder, "config.json", root => settings = Model(settings, root));
        Each(folder, "special_tokens_map.json", root => Name(special, root));
        Each(folder, "tokenizer_config.json", root =>
        {
            Name(special, root);
            Decoder(added, root);
            if (JsonFields.Text(root, "tokenizer_class") is { Length: > 0 } type)
            {
                settings = settings with
                {
                    Family = FamilyOf(type),
                    FamilySource = $"tokenizer_config.json names the tokenizer_class '{type}'",
                    IsFamilyOfModel = false,
                };
            }

            settings = settings with
            {
                AddBeginToken = JsonFields.Flag(root, "add_bos_token") ?? false,
                LowerCase = JsonFields.Flag(root, "do_lower_case"),
                StripAccents = JsonFields.Flag(root, "strip_accents"),
                SplitChinese = JsonFields.Flag(root, "tokenize_chinese_chars"),
                AddPrefixSpace = JsonFields.Flag(root, "add_prefix_space"),
                CleanUp = JsonFields.Flag(root, "clean_up_tokenization_spaces"),
                MaximumLength = JsonFields.Count(root, "model_max_length") ?? settings.MaximumLength,
                ExtraIds = JsonFields.Count(root, "extra_ids", least: 0),
            };
        });
        HashSet<string> names = [.. special.Values];
        Each(folder, "added_tokens.json", root => Add(added, names, root));
        return settings with
        {
            Special = special,
            Added = [.. added.Values.Select(token => token with { Special = token.Special || names.Contains(token.Content) })],
        };
    }

    /// <summary>The family, if it is one of these; null leaves the choice to the file.</summary>
    public string? FamilyAmong(params ReadOnlySpan<string> families) => Family is not null && families.Contains(Family) ? Family : null;

    /// <summary>Throws where the files name a family whose tokenizer is another than a file's.</summary>
    /// <param name="path">The file.</param>
    /// <param name="families">Those that have such a file, and no rules beside it.</param>
    public void Require(string path, params ReadOnlySpan<string> families)
    {
        if (Family is not null && !families.Contains(Family) && !(IsFamilyOfModel && OwnModels.Contains(Family)))
        {
            throw new TokenizerException(
                $"'{path}' is the file of another tokenizer than it looks like: {FamilySource}, whose rules are not known here. Known with "
                + $"such a file are those of {string.Join(", ", families)}. Save the tokenizer as tokenizer.json into the folder, which "
                + "holds the rules too.");
        }
    }

    /// <summary>The token of a role, or the usual one.</summary>
    public string Token(string role, string usual) => Special.GetValueOrDefault(role, usual);

    private static void Each(string folder, string name, Action<JsonElement> take)
    {
        string path = Path.Combine(folder, name);
        if (!File.Exists(path))
        {
            return;
        }

        using JsonDocument document = TokenizerFile.Json(path);
        try
        {
            take(document.RootElement);
        }
        catch (InvalidOperationException error)
        {
            throw TokenizerException.Damaged(path, $"holds another kind of value than expected: {error.Message}", error);
        }
    }

    private static TokenizerSettings Model(TokenizerSettings settings, JsonElement root)
    {
        string? family = JsonFields.Text(root, "model_type");
        int? positions = JsonFields.Count(root, "max_position_embeddings") ?? JsonFields.Count(root, "n_positions");
        return settings with
        {
            Family = family is null ? null : Families.GetValueOrDefault(family, family),
            FamilySource = $"config.json names the model_type '{family}'",
            IsFamilyOfModel = true,
            MaximumLength = family switch
            {
                // RoBERTa counts positions from its padding token's number plus one.
                "roberta" or "xlm-roberta" when positions > 2 => positions - 2,
                // T5's positions are relative: no bound.
                "t5" or "mt5" => null,
                _ => positions,
            },
        };
    }

    // Without the name of its class, a tokenizer goes by the model's type; several families share one.
    private static string FamilyOf(string tokenizer)
    {
        string name = tokenizer.EndsWith("Fast", StringComparison.Ordinal) ? tokenizer[..^4] : tokenizer;
        return Classes.GetValueOrDefault(name, name);
    }

    private static void Name(Dictionary<string, string> special, JsonElement root)
    {
        foreach (string role in Roles)
        {
            if (root.TryGetProperty(role, out JsonElement token) && JsonFields.Content(token) is { Length: > 0 } content)
            {
                special[role] = content;
            }
        }
    }

    // The older form of added tokens, which the other one goes before.
    private static void Add(Dictionary<int, AddedToken> added, HashSet<string> special, JsonElement root)
    {
        foreach (JsonProperty entry in root.EnumerateObject())
        {
            int id = entry.Value.TryGetInt32(out int number) ? number : -1;
            bool isSpecial = special.Contains(entry.Name);
            added.TryAdd(id, new AddedToken(entry.Name, id, isSpecial, Normalized: !isSpecial));
        }
    }

    private static void Decoder(Dictionary<int, AddedToken> added, JsonElement root)
    {
        if (root.TryGetProperty("added_tokens_decoder", out JsonElement tokens) && tokens.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty entry in tokens.EnumerateObject())
            {
                int id = int.TryParse(entry.Name, out int number) ? number : -1;
                added[id] = JsonFields.Added(entry.Value, id);
            }
        }
    }
}
