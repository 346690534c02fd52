namespace TransferLearning;

/// <summary>Finds out what tokenizer a checkpoint folder holds, and reads it.</summary>
internal static class TokenizerFolder
{
    private static readonly string[] PieceModels = ["spiece.model", "sentencepiece.bpe.model"];

    public static TextTokenizer Read(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder))
        {
            throw new TokenizerException($"'{folder}' is not a folder. Give the folder of a checkpoint, with its tokenizer files in it.");
        }

        TokenizerSettings settings = TokenizerSettings.Read(folder);
        string? Find(string name) => Path.Combine(folder, name) is string path && File.Exists(path) ? path : null;
        if (Find("tokenizer.json") is string json)
        {
            return TokenizerJson.Read(json, settings);
        }

        if (Find("source.spm") is string source && Find("vocab.json") is string pieces)
        {
            return ReadMarian(source, pieces, settings);
        }

        if (Find("vocab.txt") is string words)
        {
            settings.Require(words, "bert", "distilbert");
            (string Path, List<string> Lines) file = TokenizerFile.Lines(words);
            return WordPiece(file, settings.LowerCase ?? !HasCapitals(file.Lines), settings);
        }

        if ((Find("vocab.json"), Find("merges.txt")) is (string vocabulary, string merges))
        {
            return BytePair(vocabulary, merges, settings);
        }

        if ((Find("encoder.json"), Find("vocab.bpe")) is (string encoder, string pairs))
        {
            return BytePair(encoder, pairs, settings);
        }

        return PieceModels.Select(Find).FirstOrDefault(path => path is not null) is string model
            ? SentencePieceFolder.Read(model, settings)
            : throw new TokenizerException(
                $"The folder '{folder}' has no tokenizer. Looked for: tokenizer.json; source.spm with vocab.json; vocab.txt; "
                + $"vocab.json with merges.txt; encoder.json with vocab.bpe; {string.Join("; ", PieceModels)}. "
                + "Copy the tokenizer files of the model into the folder.");
    }

    /// <summary>
    /// The tokenizer of what a Marian network writes, which cuts words as the language it translates to needs; null where there is none of
    /// its own.
    /// </summary>
    public static TextTokenizer? ReadTarget(string folder)
    {
        string target = Path.Combine(folder, "target.spm"), pieces = Path.Combine(folder, "vocab.json");
        bool isMarian = !File.Exists(Path.Combine(folder, "tokenizer.json")) && File.Exists(Path.Combine(folder, "source.spm"));
        return isMarian && File.Exists(target) && File.Exists(pieces) ? ReadMarian(target, pieces, TokenizerSettings.Read(folder)) : null;
    }

    public static WordPieceTokenizer WordPiece((string Path, List<string> Lines) file, bool lowerCase, TokenizerSettings settings)
    {
        TokenVocabulary vocabulary = new(file.Path, [
            .. file.Lines.Select((token, id) => new KeyValuePair<string, int>(token, id)).Where(entry => entry.Key.Length > 0),
            .. settings.Added.Select(token => new KeyValuePair<string, int>(token.Content, token.Id))]);
        string unknown = settings.Token("unk_token", "[UNK]");
        (string start, string end) = (settings.Token("cls_token", "[CLS]"), settings.Token("sep_token", "[SEP]"));
        TokenizerParts parts = SpecialTokens.Parts(
            vocabulary,
            SpecialTokenLayout.ForBert(vocabulary.Required(start), vocabulary.Required(end)),
            settings,
            (settings.Token("pad_token", "[PAD]"), unknown, start, end, settings.Token("mask_token", "[MASK]")));
        vocabulary.Required(unknown);
        BertNormalization normalization = new(lowerCase, settings.StripAccents ?? lowerCase, settings.SplitChinese ?? true);
        return new WordPieceTokenizer(parts, normalization, cleanUp: settings.CleanUp ?? true);
    }

    public static BytePairTokenizer BytePair(string vocabularyPath, string mergesPath, TokenizerSettings settings)
    {
        string[] families = ["gpt2", "roberta", "bart", "longformer", "led", "clip", "qwen2", "whisper"];
        settings.Require(vocabularyPath, families);
        using JsonDocument document = TokenizerFile.Json(vocabularyPath);
        TokenVocabulary vocabulary = Vocabulary(vocabularyPath, document, settings);
        string family = settings.FamilyAmong(families)
            ?? (vocabulary.IdOf("<s>") is not null && vocabulary.IdOf("</s>") is not null ? "roberta" : "gpt2");
        bool isRoberta = family is not ("gpt2" or "clip" or "qwen2" or "whisper");
        // GPT-2 has one special token for all; it pads with none.
        string all = SpecialTokens.EndOfText;
        string start = isRoberta
            ? settings.Token("cls_token", "<s>")
            : settings.Token("bos_token", family == "clip" ? "<|startoftext|>" : all);
        string end = isRoberta ? settings.Token("sep_token", "</s>") : settings.Token("eos_token", all);
        SpecialTokenLayout layout = isRoberta || family == "clip"
            ? SpecialTokenLayout.ForRoberta(vocabulary.Required(start), vocabulary.Required(end))
            : settings.AddBeginToken ? SpecialTokenLayout.Before(vocabulary.Required(start)) : SpecialTokenLayout.None;
        TokenizerParts parts = SpecialTokens.Parts(vocabulary, layout, settings, (
            settings.Token("pad_token", isRoberta ? "<pad>" : family == "gpt2" ? string.Empty : all),
            settings.Token("unk_token", isRoberta ? "<unk>" : all),
            start,
            end,
            settings.Token("mask_token", isRoberta ? "<mask>" : string.Empty)));
        BytePairRules rules = family switch
        {
            "clip" => BytePairRules.Clip,
            "qwen2" => BytePairRules.Qwen2,
            _ => new BytePairRules { AddPrefixSpace = settings.AddPrefixSpace ?? false },
        };
        return new BytePairTokenizer(parts, Merges(mergesPath), rules);
    }

    public static SentencePieceTokenizer PlainSentencePiece(string path) => SentencePieceFolder.Plain(SentencePieceModel.Read(path));

    private static SentencePieceTokenizer ReadMarian(string source, string vocabularyPath, TokenizerSettings settings)
    {
        settings.Require(source, "marian");
        using JsonDocument document = TokenizerFile.Json(vocabularyPath);
        return SentencePieceFolder.ReadMarian(SentencePieceModel.Read(source), Vocabulary(vocabularyPath, document, settings), settings);
    }

    private static TokenVocabulary Vocabulary(string path, JsonDocument document, TokenizerSettings settings)
    {
        try
        {
            return new TokenVocabulary(path, [
                .. TokenizerFile.Vocabulary(path, document.RootElement),
                .. settings.Added.Select(token => new KeyValuePair<string, int>(token.Content, token.Id))]);
        }
        catch (InvalidOperationException error)
        {
            throw TokenizerException.Damaged(path, $"holds text that is not valid Unicode: {error.Message}", error);
        }
    }

    private static List<(string Left, string Right)> Merges(string path)
    {
        List<(string, string)> merges = [];
        List<string> lines = TokenizerFile.Lines(path).Lines;
        for (int i = 0; i < lines.Count; i++)
        {
            if (lines[i].Length > 0 && !lines[i].StartsWith("#version", StringComparison.Ordinal))
            {
                string[] parts = lines[i].Split(' ');
                merges.Add(parts is [{ Length: > 0 } left, { Length: > 0 } right]
                    ? (left, right)
                    : throw TokenizerException.Damaged(
                        path, $"has '{lines[i]}' in line {i + 1}, where two tokens and a space are expected"));
            }
        }

        return merges;
    }

    // A vocabulary for cased text has pieces with capitals; one for lower-cased text has none beside its special tokens.
    private static bool HasCapitals(List<string> lines)
        => lines.Any(line => !line.StartsWith('[') && !line.StartsWith('<') && line.AsSpan().ContainsAnyInRange('A', 'Z'));
}
