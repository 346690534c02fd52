namespace TransferLearning;

/// <summary>Reads <c>tokenizer.json</c>, the file in which Hugging Face's tokenizers keep all their parts.</summary>
internal sealed class TokenizerJson
{
    private readonly string _path;
    private readonly JsonElement _root;
    private readonly JsonElement _model;
    private readonly TokenizerSettings _settings;
    private readonly List<AddedToken> _added = [];

    private TokenizerJson(string path, JsonElement root, TokenizerSettings settings)
    {
        (_path, _root, _settings) = (path, root, settings);
        _model = JsonFields.Field(root, "model") ?? throw Fault("it has no 'model'");
        foreach (JsonElement token in Array(root, "added_tokens"))
        {
            _added.Add(JsonFields.Added(token, JsonFields.Count(token, "id", least: 0) ?? throw Fault("an added token has no id")));
        }
    }

    public static TextTokenizer Read(string path, TokenizerSettings settings)
    {
        using JsonDocument document = TokenizerFile.Json(path);
        try
        {
            return new TokenizerJson(path, document.RootElement, settings).Build();
        }
        catch (Exception error) when (error is InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw TokenizerException.Damaged(path, $"holds another kind of value than expected: {error.Message}", error);
        }
    }

    private TextTokenizer Build() => Type() switch
    {
        "WordPiece" => WordPiece(),
        "BPE" => BytePair(),
        "Unigram" => Unigram(),
        string other => throw Unsupported($"its model is of type '{other}'"),
    };

    private string Type() => JsonFields.Text(_model, "type")
        ?? (JsonFields.Field(_model, "merges") is not null ? "BPE"
            : JsonFields.Field(_model, "vocab")?.ValueKind == JsonValueKind.Array ? "Unigram" : "WordPiece");

    private WordPieceTokenizer WordPiece()
    {
        (bool lower, bool? strip, bool chinese, bool clean) = (false, null, false, false);
        foreach ((string type, JsonElement step) in Steps("normalizer", "normalizers"))
        {
            switch (type)
            {
                case "BertNormalizer":
                    lower = JsonFields.Flag(step, "lowercase") ?? true;
                    strip ??= JsonFields.Flag(step, "strip_accents") ?? lower;
                    (chinese, clean) = (JsonFields.Flag(step, "handle_chinese_chars") ?? true, JsonFields.Flag(step, "clean_text") ?? true);
                    break;
                case "Lowercase":
                    lower = true;
                    break;
                case "StripAccents":
                    strip = true;
                    break;
                case "NFD":
                    break;
                default:
                    throw Unsupported($"it uses WordPiece with the normalizer '{type}'");
            }
        }

        string[] words = [.. Steps("pre_tokenizer", "pretokenizers").Select(step => step.Type)];
        if (words is not ["BertPreTokenizer"])
        {
            throw Unsupported($"it uses WordPiece with {Named("pre-tokenizer", words)}");
        }

        CheckDecoder("WordPiece");

        TokenVocabulary vocabulary = Vocabulary(TokenizerFile.Vocabulary(_path, Required("vocab", JsonValueKind.Object)));
        string unknown = JsonFields.Text(_model, "unk_token") ?? "[UNK]";
        vocabulary.Required(unknown);
        return new WordPieceTokenizer(
            Parts(vocabulary, unknown),
            new BertNormalization(lower, strip ?? false, chinese, clean),
            JsonFields.Text(_model, "continuing_subword_prefix") ?? "##",
            JsonFields.Count(_model, "max_input_chars_per_word") ?? 100,
            _settings.CleanUp ?? true);
    }

    private BytePairTokenizer BytePair()
    {
        (string Type, JsonElement Step)[] steps = [.. Steps("pre_tokenizer", "pretokenizers")];
        BytePairWords.EndOfWord? words = steps switch
        {
            [{ Type: "ByteLevel" }] when UsesExpression(steps[0].Step) => BytePairWords.LikeGpt2,
            [{ Type: "Split" }, { Type: "ByteLevel" }] when HandsOutMatches(steps[0].Step)
                && Pattern(steps[0].Step, "Regex") is { } expression
                && BytePairWords.Of(expression) is { } rule && (!UsesExpression(steps[1].Step) || rule == BytePairWords.LikeClip) => rule,
            _ => null,
        };
        if (words is null)
        {
            string expressions = string.Join(
                ", ", steps.Select(step => Pattern(step.Step, "Regex")).OfType<string>().Select(found => $" '{found}'"));
            throw Unsupported(
                $"it uses BPE with {Named("pre-tokenizer", steps.Select(step => step.Type))}"
                + (expressions.Length > 0 ? $" and the expression{expressions}" : string.Empty));
        }

        if (JsonFields.Text(_model, "continuing_subword_prefix") is { Length: > 0 } prefix)
        {
            throw Unsupported($"it uses BPE with the continuing_subword_prefix '{prefix}'");
        }

        if (JsonFields.Field(_model, "dropout") is { ValueKind: JsonValueKind.Number } dropout && dropout.GetDouble() > 0)
        {
            throw Unsupported($"it uses BPE with a dropout of {dropout.GetRawText()}, which cuts a text another way each time");
        }

        CheckDecoder("ByteLevel");
        TokenVocabulary vocabulary = Vocabulary(TokenizerFile.Vocabulary(_path, Required("vocab", JsonValueKind.Object)));
        BytePairRules rules = new()
        {
            Normalizers = Normalizers("BPE"),
            Words = words,
            AddPrefixSpace = JsonFields.Flag(steps[^1].Step, "add_prefix_space") ?? true,
            EndOfWordSuffix = JsonFields.Text(_model, "end_of_word_suffix") ?? string.Empty,
            IgnoreMerges = JsonFields.Flag(_model, "ignore_merges") ?? false,
        };
        if (rules.AddPrefixSpace && steps.Length > 1)
        {
            throw Unsupported("it puts a space before every part of a split text");
        }

        return new BytePairTokenizer(Parts(vocabulary, JsonFields.Text(_model, "unk_token")), Merges(), rules);
    }

    private static bool UsesExpression(JsonElement byteLevel) => JsonFields.Flag(byteLevel, "use_regex") ?? true;

    // Whether a split gives what its expression matches; the known ones match everything but white space that is to go.
    private static bool HandsOutMatches(JsonElement split)
        => (JsonFields.Text(split, "behavior"), JsonFields.Flag(split, "invert") ?? false) switch
        {
            ("Isolated", false) => Pattern(split, "Regex") is { } expression && BytePairWords.Of(expression) != BytePairWords.LikeClip,
            ("Removed", true) => true,
            _ => false,
        };

    private static string? Pattern(JsonElement step, string kind)
        => JsonFields.Field(step, "pattern") is JsonElement pattern ? JsonFields.Text(pattern, kind) : null;

    private SentencePieceTokenizer Unigram()
    {
        int? unknown = JsonFields.Count(_model, "unk_id", least: 0);
        HashSet<string> special = [.. _added.Where(token => token.Special).Select(token => token.Content)];
        bool bytes = JsonFields.Flag(_model, "byte_fallback") ?? false;
        List<SentencePieceModel.Entry> pieces = [];
        foreach (JsonElement entry in Required("vocab", JsonValueKind.Array).EnumerateArray())
        {
            if (entry.ValueKind != JsonValueKind.Array || entry.GetArrayLength() != 2
                || entry[0].GetString() is not { Length: > 0 and <= SentencePieceModel.LongestPiece } piece)
            {
                throw Fault($"entry {pieces.Count} of its vocabulary is not a piece with a score");
            }

            PieceKind kind = pieces.Count == unknown ? PieceKind.Unknown
                : special.Contains(piece) ? PieceKind.Control
                : bytes && SentencePieceDecoder.ByteOf(piece) is not null ? PieceKind.Byte : PieceKind.Normal;
            pieces.Add(new SentencePieceModel.Entry(piece, (float)entry[1].GetDouble(), kind));
        }

        if (unknown is not int known || known >= pieces.Count)
        {
            throw Fault("its Unigram model names no unknown piece");
        }

        SentencePieceModel model = new(_path, pieces) { ByteFallback = bytes };
        MetaspaceText text = Metaspace();
        bool dropsFirst = CheckDecoder("Metaspace", "ByteFallback", "Fuse") is JsonElement decoder
            ? Prepend(decoder) != MetaspaceText.Prefix.Never
            : text.Prepend != MetaspaceText.Prefix.Never;
        TokenVocabulary vocabulary = Vocabulary(pieces.Select((entry, id) => new KeyValuePair<string, int>(entry.Piece, id)));
        return new SentencePieceTokenizer(Parts(vocabulary, pieces[known].Piece), model, text, dropsFirst);
    }

    private MetaspaceText Metaspace()
    {
        (string Type, JsonElement Step)[] steps = [.. Steps("pre_tokenizer", "pretokenizers")];
        if (steps is not ([{ Type: "Metaspace" }] or [{ Type: "WhitespaceSplit" }, { Type: "Metaspace" }]))
        {
            throw Unsupported($"it uses Unigram with {Named("pre-tokenizer", steps.Select(step => step.Type))}");
        }

        return new MetaspaceText
        {
            Normalizers = Normalizers("Unigram"),
            DividesAtWhiteSpace = steps.Length > 1,
            Prepend = Prepend(steps[^1].Step),
            Splits = JsonFields.Flag(steps[^1].Step, "split") ?? true,
        };
    }

    private MetaspaceText.Prefix Prepend(JsonElement metaspace)
    {
        if (JsonFields.Text(metaspace, "replacement") is { } replacement && replacement != "▁")
        {
            throw Unsupported($"it uses Metaspace with the replacement '{replacement}'");
        }

        return (JsonFields.Text(metaspace, "prepend_scheme"), JsonFields.Flag(metaspace, "add_prefix_space")) switch
        {
            (_, false) or ("never", _) => MetaspaceText.Prefix.Never,
            ("first", _) => MetaspaceText.Prefix.First,
            ("always" or null, _) => MetaspaceText.Prefix.Always,
            (string other, _) => throw Unsupported($"it uses Metaspace with the prepend_scheme '{other}'"),
        };
    }

    private List<TextNormalizer> Normalizers(string model)
    {
        List<TextNormalizer> normalizers = [];
        foreach ((string type, JsonElement step) in Steps("normalizer", "normalizers"))
        {
            string content = JsonFields.Text(step, "content") ?? string.Empty;
            TextNormalizer? normalizer = type switch
            {
                "NFC" => UnicodeNormalization.Composed,
                "Lowercase" => TextNormalizers.LowerCased,
                "Strip" => TextNormalizers.Strip(JsonFields.Flag(step, "strip_left") ?? true, JsonFields.Flag(step, "strip_right") ?? true),
                "Precompiled" => Precompiled(step),
                "Replace" when Pattern(step, "String") is { Length: > 0 } found => TextNormalizers.Replace(found, content),
                "Replace" when Pattern(step, "Regex") == " {2,}" => TextNormalizers.ReplaceSpaces(least: 2, anyKind: false, content),
                "Replace" when Pattern(step, "Regex") == @"\s+" => TextNormalizers.ReplaceSpaces(least: 1, anyKind: true, content),
                _ => null,
            };
            string expression = Pattern(step, "Regex") is { } given ? $" of '{given}'" : string.Empty;
            normalizers.Add(normalizer ?? throw Unsupported($"it uses {model} with the normalizer '{type}'{expression}"));
        }

        return normalizers;
    }

    private TextNormalizer Precompiled(JsonElement step)
    {
        byte[] map = Convert.FromBase64String(JsonFields.Text(step, "precompiled_charsmap") ?? string.Empty);
        try
        {
            return map.Length > 0 ? TextNormalizers.Precompiled(new CharsMap(map)) : text => text;
        }
        catch (InvalidDataException error)
        {
            throw TokenizerException.Damaged(_path, $"holds no tokenizer: {error.Message}", error);
        }
    }

    // The decoder's part of the first of the known types; null where the file has no decoder.
    private JsonElement? CheckDecoder(params ReadOnlySpan<string> known)
    {
        JsonElement? first = null;
        foreach ((string type, JsonElement step) in Steps("decoder", "decoders"))
        {
            if (!known.Contains(type))
            {
                throw Unsupported($"it uses {Type()} with the decoder '{type}'");
            }

            first = type == known[0] ? step : first;
        }

        return first;
    }

    private static string Named(string part, IEnumerable<string> types)
        => string.Join(" and ", types.Select(type => $"'{type}'")) is { Length: > 0 } names ? $"the {part} {names}" : $"no {part}";

    private TokenizerParts Parts(TokenVocabulary vocabulary, string? unknown)
    {
        string First(string role, params string[] usual) => _settings.Special.GetValueOrDefault(role)
            ?? usual.FirstOrDefault(name => vocabulary.IdOf(name) is not null) ?? string.Empty;
        string begin = First("cls_token", "[CLS]"), end = First("sep_token", "[SEP]");
        TokenizerSettings settings = _settings with { Added = [.. _added.Where(token => token.Content.Length > 0)] };
        HashSet<string> named = [.. _settings.Special.Values, .. _added.Select(token => token.Content)];
        SpecialTokenLayout layout = PostProcessor.Layout(JsonFields.Field(_root, "post_processor"), Fault, Unsupported);
        return SpecialTokens.Parts(vocabulary, layout, settings, (
            First("pad_token", "[PAD]", "<pad>"),
            unknown ?? First("unk_token", "[UNK]", "<unk>", SpecialTokens.EndOfText),
            begin.Length > 0 ? begin : First("bos_token", "<s>", SpecialTokens.EndOfText),
            end.Length > 0 ? end : First("eos_token", "</s>", SpecialTokens.EndOfText),
            First("mask_token", "[MASK]", "<mask>")),
            isAdded: named.Contains);
    }

    private TokenVocabulary Vocabulary(IEnumerable<KeyValuePair<string, int>> entries)
        => new(_path, entries.Concat(_added.Select(token => new KeyValuePair<string, int>(token.Content, token.Id))));

    private IEnumerable<(string Left, string Right)> Merges()
    {
        int index = 0;
        foreach (JsonElement merge in Required("merges", JsonValueKind.Array).EnumerateArray())
        {
            string[] parts = merge.ValueKind == JsonValueKind.Array
                ? [.. merge.EnumerateArray().Select(part => part.GetString() ?? string.Empty)]
                : merge.GetString()!.Split(' ');
            yield return parts is [{ Length: > 0 } left, { Length: > 0 } right]
                ? (left, right)
                : throw Fault($"merge {index + 1} is not a pair of tokens");
            index++;
        }
    }

    private JsonElement Required(string name, JsonValueKind kind)
        => JsonFields.Field(_model, name) is JsonElement value && value.ValueKind == kind
        ? value
        : throw Fault($"its model has no '{name}' that is a JSON {kind}");

    // The steps of a part, where a sequence stands for its members.
    private IEnumerable<(string Type, JsonElement Step)> Steps(string part, string members)
        => JsonFields.Field(_root, part) is JsonElement step ? Flat(step, members) : [];

    private IEnumerable<(string Type, JsonElement Step)> Flat(JsonElement step, string members)
        => JsonFields.Text(step, "type") is not string type ? throw Fault("a step of it has no type")
            : type == "Sequence" ? Array(step, members).SelectMany(member => Flat(member, members)) : [(type, step)];

    private static JsonElement.ArrayEnumerator Array(JsonElement element, string name)
        => JsonFields.Field(element, name) is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray() : default;

    private TokenizerException Fault(string problem)
        => new($"'{_path}': {problem}. The file is damaged or incomplete; copy or download it again.");

    private TokenizerException Unsupported(string feature) => TokenizerException.Unsupported(_path, feature);
}
