using System.Text.Json;

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
            _added.Add(JsonFields.Added(token, JsonFields.Count(token, "id", least: 0) ?? throw Fault("an added token has no number")));
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
        string other => throw Fault($"its model is of type '{other}', where WordPiece, BPE or Unigram is expected"),
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
                    throw Fault($"WordPiece with the normalizer '{type}' is not known");
            }
        }

        foreach ((string type, _) in Steps("pre_tokenizer", "pretokenizers").Where(step => step.Type != "BertPreTokenizer"))
        {
            throw Fault($"WordPiece with the pre-tokenizer '{type}' is not known");
        }

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
        if (Steps("normalizer", "normalizers").FirstOrDefault() is { Type: not null } normalizer)
        {
            throw Fault($"BPE with the normalizer '{normalizer.Type}' is not known");
        }

        List<(string Type, JsonElement Step)> steps = [.. Steps("pre_tokenizer", "pretokenizers")];
        bool byteLevel = steps is [{ Type: "ByteLevel" }] && (JsonFields.Flag(steps[0].Step, "use_regex") ?? true);
        bool marked = JsonFields.Text(_model, "end_of_word_suffix") is { Length: > 0 }
            || JsonFields.Text(_model, "continuing_subword_prefix") is { Length: > 0 };
        if (!byteLevel || marked)
        {
            string found = string.Join(", ", steps.Select(step => step.Type));
            throw Fault($"BPE is known on bytes only, as GPT-2 has it; this has the pre-tokenizers '{found}'");
        }

        TokenVocabulary vocabulary = Vocabulary(TokenizerFile.Vocabulary(_path, Required("vocab", JsonValueKind.Object)));
        return new BytePairTokenizer(
            Parts(vocabulary, JsonFields.Text(_model, "unk_token")), Merges(), JsonFields.Flag(steps[0].Step, "add_prefix_space") ?? true);
    }

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
                throw Fault($"entry {pieces.Count} of its vocabulary is no piece with a score");
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

        SentencePieceModel model = Normalized(new SentencePieceModel(_path, pieces) { ByteFallback = bytes });
        TokenVocabulary vocabulary = Vocabulary(pieces.Select((entry, id) => new KeyValuePair<string, int>(entry.Piece, id)));
        return new SentencePieceTokenizer(Parts(vocabulary, pieces[known].Piece), model, [.. Enumerable.Range(0, pieces.Count)]);
    }

    private SentencePieceModel Normalized(SentencePieceModel model)
    {
        bool squeeze = false;
        foreach ((string type, JsonElement step) in Steps("normalizer", "normalizers"))
        {
            if (type == "Precompiled")
            {
                model = model with { CharsMap = Convert.FromBase64String(JsonFields.Text(step, "precompiled_charsmap") ?? string.Empty) };
                continue;
            }

            bool spaces = type == "Strip" || (type == "Replace" && JsonFields.Field(step, "pattern") is JsonElement pattern
                && JsonFields.Text(pattern, "Regex") == " {2,}");
            squeeze |= spaces ? true : throw Fault($"Unigram with the normalizer '{type}' is not known");
        }

        bool marked = false;
        foreach ((string type, JsonElement step) in Steps("pre_tokenizer", "pretokenizers"))
        {
            if (type == "Metaspace")
            {
                marked = true;
                bool prefix = JsonFields.Text(step, "prepend_scheme") is string scheme
                    ? scheme != "never"
                    : JsonFields.Flag(step, "add_prefix_space") ?? true;
                model = model with { AddDummyPrefix = prefix };
                continue;
            }

            squeeze |= type == "WhitespaceSplit" ? true : throw Fault($"Unigram with the pre-tokenizer '{type}' is not known");
        }

        return marked
            ? model with { RemoveExtraSpaces = squeeze }
            : throw Fault("Unigram without the pre-tokenizer 'Metaspace' is not known");
    }

    private TokenizerParts Parts(TokenVocabulary vocabulary, string? unknown)
    {
        string First(string role, params string[] usual) => _settings.Special.GetValueOrDefault(role)
            ?? usual.FirstOrDefault(name => vocabulary.IdOf(name) is not null) ?? string.Empty;
        string begin = First("cls_token", "[CLS]"), end = First("sep_token", "[SEP]");
        TokenizerSettings settings = _settings with { Added = [.. _added.Where(token => token.Content.Length > 0)] };
        return SpecialTokens.Parts(vocabulary, PostProcessor.Layout(JsonFields.Field(_root, "post_processor"), Fault), settings, (
            First("pad_token", "[PAD]", "<pad>"),
            unknown ?? First("unk_token", "[UNK]", "<unk>", SpecialTokens.EndOfText),
            begin.Length > 0 ? begin : First("bos_token", "<s>", SpecialTokens.EndOfText),
            end.Length > 0 ? end : First("eos_token", "</s>", SpecialTokens.EndOfText),
            First("mask_token", "[MASK]", "<mask>")));
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
                : throw Fault($"merge {index + 1} is no pair of tokens");
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
        => new($"'{_path}': {problem}. Known are the tokenizers of BERT, DistilBERT, RoBERTa, BART, GPT-2, T5 and Marian; "
            + "use the file as it was published.");
}
