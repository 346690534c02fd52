using System.Text.Json;

namespace TransferLearning;

/// <summary>What the small files beside a tokenizer say about it; null or empty where they say nothing.</summary>
internal sealed record TokenizerSettings
{
    private static readonly string[] Roles = ["pad_token", "unk_token", "cls_token", "sep_token", "mask_token", "bos_token", "eos_token"];

    public static TokenizerSettings None { get; } = new();

    public string? Family { get; init; }

    public bool? LowerCase { get; init; }

    public bool? StripAccents { get; init; }

    public bool? SplitChinese { get; init; }

    public bool? AddPrefixSpace { get; init; }

    public bool? CleanUp { get; init; }

    public int? MaximumLength { get; init; }

    public int? ExtraIds { get; init; }

    /// <summary>The special token of each role, such as <c>pad_token</c>.</summary>
    public IReadOnlyDictionary<string, string> Special { get; init; } = new Dictionary<string, string>();

    /// <summary>Tokens added to the vocabulary, with their numbers.</summary>
    public IReadOnlyList<AddedToken> Added { get; init; } = [];

    public static TokenizerSettings Read(string folder)
    {
        Dictionary<string, string> special = [];
        Dictionary<int, AddedToken> added = [];
        TokenizerSettings settings = None;
        Each(folder, "config.json", root => settings = Model(settings, root));
        Each(folder, "added_tokens.json", root => Add(added, root));
        Each(folder, "special_tokens_map.json", root => Name(special, root));
        Each(folder, "tokenizer_config.json", root =>
        {
            Name(special, root);
            Decoder(added, root);
            settings = settings with
            {
                Family = settings.Family ?? FamilyOf(JsonFields.Text(root, "tokenizer_class")),
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
        return settings with
        {
            Special = special,
            Added = [.. added.Values.Select(token => token with { Special = token.Special || names.Contains(token.Content) })],
        };
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
            Family = family,
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

    private static string? FamilyOf(string? tokenizer) => tokenizer?.Replace("Fast", string.Empty, StringComparison.Ordinal) switch
    {
        "BertTokenizer" => "bert",
        "DistilBertTokenizer" => "distilbert",
        "RobertaTokenizer" => "roberta",
        "BartTokenizer" => "bart",
        "GPT2Tokenizer" => "gpt2",
        "T5Tokenizer" => "t5",
        "MarianTokenizer" => "marian",
        "XLMRobertaTokenizer" => "xlm-roberta",
        _ => null,
    };

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

    private static void Add(Dictionary<int, AddedToken> added, JsonElement root)
    {
        foreach (JsonProperty entry in root.EnumerateObject())
        {
            int id = entry.Value.TryGetInt32(out int number) ? number : -1;
            added[id] = new AddedToken(entry.Name, id, Special: false);
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
