using System.Text.Json;
using System.Text.Json.Nodes;

namespace TransferLearning.Tests;

/// <summary>What a tokenizer.json asks for is done, or refused by name.</summary>
public sealed class TokenizerJsonTests : IDisposable
{
    private static readonly string Fixtures = Path.Combine(AppContext.BaseDirectory, "Fixtures");
    private static readonly TextEncodingOptions Bare = new() { AddSpecialTokens = false };
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("clip")]
    [InlineData("qwen2")]
    [InlineData("llama3")]
    public void Byte_level_tokenizers_equal_the_reference(string name)
    {
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(Fixtures, "Text", "tokenizers.json")));
        JsonElement reference = golden.RootElement.GetProperty(name);
        TextTokenizer tokenizer = Read(reference.GetProperty("tokenizer").GetRawText());
        foreach (JsonElement one in reference.GetProperty("cases").EnumerateArray())
        {
            string text = one.GetProperty("text").GetString()!;
            EncodedText encoded = tokenizer.Encode(text);
            int[] ids = [.. one.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
            Assert.True(
                ids.SequenceEqual(encoded.Ids),
                $"{JsonSerializer.Serialize(text)}: expected [{string.Join(' ', ids)}], found [{string.Join(' ', encoded.Ids)}].");
            Assert.Equal(one.GetProperty("decoded").GetString(), tokenizer.Decode(ids));
            StreamingDecoder decoder = new(tokenizer);
            Assert.Equal(tokenizer.Decode(ids), string.Concat(ids.Select(decoder.Append)) + decoder.Finish());
            Assert.All(encoded.Offsets, place => Assert.InRange(place.Start + place.Length, place.Start, text.Length));
            Assert.All(
                encoded.Offsets.Zip(encoded.Offsets.Skip(1)).Where((_, i) => !encoded.SpecialTokens[i + 1]),
                pair => Assert.True(pair.First.Start <= pair.Second.Start));
        }
    }

    [Fact]
    public void Offsets_of_normalized_text_refer_to_the_text_itself()
    {
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(Fixtures, "Text", "tokenizers.json")));
        TextTokenizer tokenizer = Read(golden.RootElement.GetProperty("clip").GetProperty("tokenizer").GetRawText());
        const string text = "The   cafe\u0301  of";
        EncodedText encoded = tokenizer.Encode(text, options: Bare);
        Assert.Equal(["The", "cafe\u0301", "of"], encoded.Offsets.GroupBy(place
            => encoded.WordIndices[Array.IndexOf(encoded.Offsets, place)])
            .Select(word => text[word.First().Start..(word.Last().Start + word.Last().Length)]));
    }

    [Fact]
    public void Clip_lower_cases_each_letter_by_itself()
    {
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(Fixtures, "Text", "tokenizers.json")));
        TextTokenizer tokenizer = Read(golden.RootElement.GetProperty("clip").GetProperty("tokenizer").GetRawText());
        Assert.Equal(tokenizer.Encode("ας").Length, tokenizer.Encode("ΑΣ").Length);
        Assert.Equal(tokenizer.Encode("ασ").Ids, tokenizer.Encode("ΑΣ").Ids);
    }

    [Theory]
    [InlineData("clip", "CLIPTokenizer")]
    [InlineData("qwen2", "Qwen2Tokenizer")]
    [InlineData("qwen2", "Qwen2TokenizerFast")]
    public void Vocabulary_and_merges_of_a_known_class_equal_its_json(string name, string tokenizerClass)
    {
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(Fixtures, "Text", "tokenizers.json")));
        JsonElement json = golden.RootElement.GetProperty(name).GetProperty("tokenizer");
        TextTokenizer whole = Read(json.GetRawText());
        File.Delete(_folder.File("tokenizer.json"));
        File.WriteAllText(_folder.File("vocab.json"), json.GetProperty("model").GetProperty("vocab").GetRawText());
        File.WriteAllLines(
            _folder.File("merges.txt"),
            json.GetProperty("model").GetProperty("merges").EnumerateArray().Select(merge => merge.GetString()!));
        File.WriteAllText(_folder.File("tokenizer_config.json"), $$"""{"tokenizer_class": "{{tokenizerClass}}"}""");
        TextTokenizer files = TextTokenizer.FromFolder(_folder.Path);
        foreach (string text in (string[])["The CAT's photo\n\n of  2024", "cafe\u0301 <|endoftext|>"])
        {
            Assert.Equal(whole.Encode(text, "the").Ids, files.Encode(text, "the").Ids);
        }
    }

    [Theory]
    [InlineData("vocab.json", "OpenAIGPTTokenizer")]
    [InlineData("vocab.json", "CTRLTokenizer")] // not one of the byte-level encodings
    [InlineData("vocab.json", "PreTrainedTokenizerFast")]
    [InlineData("vocab.txt", "BertJapaneseTokenizer")]
    [InlineData("vocab.txt", "BertweetTokenizer")]
    [InlineData("spiece.model", "AlbertTokenizer")]
    [InlineData("spiece.model", "LlamaTokenizer")]
    [InlineData("spiece.model", "CamembertTokenizer")]
    public void A_class_of_other_rules_is_refused_by_name(string file, string tokenizerClass)
    {
        WriteFiles(file);
        File.WriteAllText(_folder.File("tokenizer_config.json"), $$"""{"tokenizer_class": "{{tokenizerClass}}"}""");
        TokenizerException error = Assert.Throws<TokenizerException>(() => TextTokenizer.FromFolder(_folder.Path));
        Assert.Contains($"tokenizer_class '{tokenizerClass}'", error.Message, StringComparison.Ordinal);
        Assert.Contains(file, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("published", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_type_of_model_with_other_rules_is_refused_unless_the_tokenizer_has_a_class()
    {
        WriteFiles("vocab.json");
        File.WriteAllText(_folder.File("config.json"), """{"model_type": "openai-gpt"}""");
        Assert.Contains(
            "model_type 'openai-gpt'",
            Assert.Throws<TokenizerException>(() => TextTokenizer.FromFolder(_folder.Path)).Message,
            StringComparison.Ordinal);
        File.WriteAllText(_folder.File("tokenizer_config.json"), """{"tokenizer_class": "GPT2Tokenizer", "add_bos_token": true}""");
        TextTokenizer tokenizer = TextTokenizer.FromFolder(_folder.Path);
        Assert.Equal(["<|endoftext|>", "hello"], tokenizer.Encode("hello").Ids.Select(tokenizer.IdToToken));
    }

    [Theory]
    [InlineData("normalizer", """{"type": "NFKC"}""", "normalizer 'NFKC'")]
    [InlineData("normalizer", """{"type": "Replace", "pattern": {"Regex": "a|b"}, "content": "c"}""", "normalizer 'Replace' of 'a|b'")]
    [InlineData("pre_tokenizer", """{"type": "Whitespace"}""", "pre-tokenizer 'Whitespace'")]
    [InlineData("pre_tokenizer", "null", "no pre-tokenizer")]
    [InlineData("pre_tokenizer", """{"type": "ByteLevel", "use_regex": false}""", "pre-tokenizer 'ByteLevel'")]
    [InlineData("pre_tokenizer", """{"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": "\\p{L}"}, "behavior": "Isolated"}, {"type": "ByteLevel", "use_regex": false}]}""", @"expression '\p{L}'")]
    [InlineData("post_processor", """{"type": "Strange"}""", "post-processor 'Strange'")]
    [InlineData("decoder", """{"type": "BPEDecoder", "suffix": "</w>"}""", "decoder 'BPEDecoder'")]
    [InlineData("model", """{"type": "WordLevel", "vocab": {}}""", "type 'WordLevel'")]
    public void A_feature_that_is_not_known_is_refused_by_name(string part, string json, string named)
    {
        JsonObject tokenizer = Gpt2();
        tokenizer[part] = JsonNode.Parse(json);
        TokenizerException error = Assert.Throws<TokenizerException>(() => Read(tokenizer.ToJsonString()));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.Contains("not supported", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("published", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("continuing_subword_prefix", "\"##\"", "continuing_subword_prefix '##'")]
    [InlineData("dropout", "0.1", "dropout of 0.1")]
    public void A_way_to_merge_that_is_not_known_is_refused_by_name(string field, string json, string named)
    {
        JsonObject tokenizer = Gpt2();
        tokenizer["model"]![field] = JsonNode.Parse(json);
        Assert.Contains(named, Assert.Throws<TokenizerException>(() => Read(tokenizer.ToJsonString())).Message, StringComparison.Ordinal);
    }

    // The reports' files, and what the steps of their files give; a piece never reaches across the beginning of a word.
    [Theory]
    [InlineData("unigram-split", "a, b", "▁a , ▁b")]
    [InlineData("unigram-split", "a,", "▁a ,")]
    [InlineData("unigram-split", " a  b ", "▁a ▁b")]
    [InlineData("unigram-trailing-space", "a ", "▁a ▁")]
    [InlineData("unigram-trailing-space", "  a  b  ", "▁a ▁b ▁")]
    [InlineData("unigram-trailing-space", " ", "▁")]
    [InlineData("unigram-prepend-first", "a<unk>b", "▁a <unk> b")]
    [InlineData("unigram-prepend-first", "a<unk> b ", "▁a <unk> ▁b")]
    [InlineData("unigram-prepend-first", "<unk>a", "<unk> a")]
    [InlineData("unigram-prepend-first", "  a", "▁ ▁a")]
    public void Unigram_follows_its_metaspace(string report, string text, string expected)
    {
        TextTokenizer tokenizer = Read(File.ReadAllText(Path.Combine(Fixtures, "Reports", "text", report, "tokenizer.json")));
        Assert.Equal(expected.Split(' '), tokenizer.Encode(text).Ids.Select(tokenizer.IdToToken));
    }

    [Theory]
    [InlineData("never", "true", "a b", "a ▁b")]
    [InlineData("never", "false", " b", "▁b")]
    [InlineData("always", "false", "a, b", "▁a ,▁ b")]
    [InlineData("always", "true", "▁a", "▁a")]
    [InlineData("first", "false", "a, b", "▁a ,▁ b")]
    public void Metaspace_splits_and_prepends_as_it_says(string scheme, string split, string text, string expected)
    {
        JsonNode tokenizer = JsonNode.Parse(
            File.ReadAllText(Path.Combine(Fixtures, "Reports", "text", "unigram-split", "tokenizer.json")))!;
        tokenizer["pre_tokenizer"] = JsonNode.Parse($$"""{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "{{scheme}}", "split": {{split}}}""");
        tokenizer["decoder"] = tokenizer["pre_tokenizer"]!.DeepClone();
        TextTokenizer read = Read(tokenizer.ToJsonString());
        int[] ids = read.Encode(text).Ids;
        Assert.Equal(expected.Split(' '), ids.Select(read.IdToToken));
        Assert.Equal(text.Replace('▁', ' ').TrimStart(scheme == "never" ? '\0' : ' '), read.Decode(ids));
    }

    [Theory]
    [InlineData("""{"type": "Metaspace", "replacement": "_"}""", "replacement '_'")]
    [InlineData("""{"type": "Metaspace", "prepend_scheme": "sometimes"}""", "prepend_scheme 'sometimes'")]
    [InlineData("""{"type": "Digits", "individual_digits": true}""", "'Digits'")]
    public void A_metaspace_of_another_kind_is_refused_by_name(string preTokenizer, string named)
    {
        JsonNode tokenizer = JsonNode.Parse(
            File.ReadAllText(Path.Combine(Fixtures, "Reports", "text", "unigram-split", "tokenizer.json")))!;
        tokenizer["pre_tokenizer"] = JsonNode.Parse(preTokenizer);
        Assert.Contains(named, Assert.Throws<TokenizerException>(() => Read(tokenizer.ToJsonString())).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "the NEWS news", "the [x] [x]")] // normalized: found in any case
    [InlineData(false, "the NEWS news", "the NEWS news")] // as it stands: [NEWS] does not stand there
    [InlineData(true, "theNEWSplay", "the [x] play")]
    public void An_added_token_may_be_looked_for_in_the_normalized_text(bool normalized, string text, string expected)
    {
        TextTokenizer tokenizer = Read(WordPiece($$"""{"id": 8, "content": "News", "special": false, "normalized": {{(normalized ? "true" : "false")}}}"""));
        Assert.Equal(expected.Replace("[x]", "News", StringComparison.Ordinal).Replace("NEWS", "[UNK]", StringComparison.Ordinal)
            .Replace("news", "[UNK]", StringComparison.Ordinal).Split(' '),
            tokenizer.Encode(text, options: Bare).Ids.Select(tokenizer.IdToToken));
    }

    [Fact]
    public void Without_a_word_an_ordinary_token_is_normalized_and_a_special_one_is_not()
    {
        TextTokenizer ordinary = Read(WordPiece("""{"id": 8, "content": "News", "special": false}"""));
        Assert.Equal([8], ordinary.Encode("NEWS", options: Bare).Ids);
        TextTokenizer special = Read(WordPiece("""{"id": 8, "content": "News", "special": true}"""));
        Assert.Equal([1], special.Encode("NEWS", options: Bare).Ids);
        Assert.Equal([8], special.Encode("News", options: Bare).Ids);
    }

    [Theory]
    [InlineData("the <x> play", "single_word", "the <x> play", 4, 3)]
    [InlineData("a_news", "single_word", "a [UNK] [UNK]", 0, 1)] // a connector is part of a word
    [InlineData("news\u0301", "single_word", "News", 0, 4)] // the mark is gone by then
    [InlineData("a-news-a", "single_word", "a - News - a", 2, 4)]
    [InlineData("the  news  play", "lstrip", "the News play", 3, 6)]
    [InlineData("the  news  play", "rstrip", "the News play", 5, 6)]
    public void Flags_of_an_added_token_are_followed(string text, string flag, string expected, int start, int length)
    {
        TextTokenizer tokenizer = Read(WordPiece(
            $$"""{"id": 8, "content": "News", "special": false, "normalized": true, "{{flag}}": true}, {"id": 9, "content": "<x>", "special": true, "{{flag}}": true}"""));
        EncodedText encoded = tokenizer.Encode(text, options: Bare);
        Assert.Equal(expected.Split(' '), encoded.Ids.Select(tokenizer.IdToToken));
        int found = Array.FindIndex(encoded.Ids, id => id >= 8);
        Assert.Equal((start, length), encoded.Offsets[Math.Max(found, 0)]);
    }

    [Fact]
    public void The_longest_added_token_counts_even_where_it_does_not_stand_alone()
    {
        TextTokenizer tokenizer = Read(WordPiece(
            """{"id": 8, "content": "the", "special": true}, {"id": 9, "content": "theplay", "special": true, "single_word": true}"""));
        Assert.Equal([9], tokenizer.Encode("theplay", options: Bare).Ids);
        Assert.DoesNotContain(8, tokenizer.Encode("theplaya", options: Bare).Ids);
    }

    [Fact]
    public void Special_tokens_that_the_file_does_not_add_are_not_looked_for()
    {
        TextTokenizer tokenizer = Read(WordPiece("""{"id": 2, "content": "[CLS]", "special": true}"""));
        Assert.Equal(2, tokenizer.Encode("[CLS]", options: Bare).Ids[0]);
        Assert.DoesNotContain(3, tokenizer.Encode("[SEP]", options: Bare).Ids);
    }

    [Fact]
    public void Marian_keeps_characters_that_only_its_vocabulary_has()
    {
        File.WriteAllBytes(_folder.File("source.spm"), TinyTokenizers.PieceModel(bytePair: false, pieces: TinyTokenizers.Pieces));
        File.WriteAllText(_folder.File("vocab.json"),
            """{"</s>": 0, "<unk>": 1, "▁hello": 2, "▁": 3, "é": 4, "日本": 5, "日": 6, "<pad>": 7}""");
        TextTokenizer tokenizer = TextTokenizer.FromFolder(_folder.Path);
        Assert.Equal([2, 4, 0], tokenizer.Encode("helloé").Ids);
        Assert.Equal([3, 5, 3, 6, 0], tokenizer.Encode("日本 日").Ids); // a run of them is looked up as a whole
        Assert.Equal([3, 1, 0], tokenizer.Encode("日é").Ids);
        Assert.Equal([3, 1, 1, 0], tokenizer.Encode("ldl").Ids); // "ld" and "l" are pieces of the model that the vocabulary lacks
        Assert.Equal("helloé", tokenizer.Decode([2, 4]));
    }

    [Theory]
    [InlineData("e\u0301", "\u00E9")]
    [InlineData("e\u0323\u0302", "\u1EC7")]
    [InlineData("e\u0302\u0323", "\u1EC7")]
    [InlineData("q\u0307\u0323", "q\u0323\u0307")]
    [InlineData("\u212B", "\u00C5")]
    [InlineData("\u0958", "\u0915\u093C")]
    [InlineData("\u1112\u1161\u11AB", "\uD55C")]
    [InlineData("\uAC00\u11A8", "\uAC01")]
    [InlineData("\uAC01\u11A8", "\uAC01\u11A8")]
    [InlineData("a\u0301\u0301", "\u00E1\u0301")]
    [InlineData("\u0301", "\u0301")]
    [InlineData("\U0001D15E", "\U0001D157\U0001D165")]
    [InlineData("\U00011131\U00011127", "\U0001112E")]
    public void Form_c_is_unicodes(string text, string expected)
    {
        AlignedText composed = UnicodeNormalization.Composed(AlignedText.Of($"x{text}y", 0, text.Length + 2));
        Assert.Equal($"x{expected}y", composed.Chars.ToString());
        Assert.Equal((0, text.Length + 2), (composed.StartOf(0), composed.EndOf(composed.Length - 1)));
    }

    [Fact]
    public void Many_marks_take_time_in_proportion()
        => Assert.Equal(
            400_001,
            UnicodeNormalization.Composed(
                AlignedText.Of("a" + string.Concat(Enumerable.Repeat("\u0327\u0316", 200_000)), 0, 400_001)).Length);

    private TextTokenizer Read(string json)
    {
        File.WriteAllText(_folder.File("tokenizer.json"), json);
        return TextTokenizer.FromFolder(_folder.Path);
    }

    private void WriteFiles(string file)
    {
        switch (file)
        {
            case "vocab.json":
                TinyTokenizers.BytePair(_folder, "<|endoftext|>");
                break;
            case "vocab.txt":
                TinyTokenizers.WordPiece(_folder);
                break;
            default:
                File.WriteAllBytes(_folder.File(file), TinyTokenizers.PieceModel(bytePair: false, pieces: TinyTokenizers.Pieces));
                break;
        }
    }

    private JsonObject Gpt2()
    {
        (string vocabulary, string merges) = TinyTokenizers.BytePair(_folder, "<|endoftext|>");
        return new JsonObject
        {
            ["pre_tokenizer"] = JsonNode.Parse("""{"type": "ByteLevel", "add_prefix_space": false}"""),
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["vocab"] = JsonNode.Parse(File.ReadAllText(vocabulary)),
                ["merges"] = new JsonArray([.. File.ReadAllLines(merges)[1..].Select(merge => JsonValue.Create(merge))]),
            },
        };
    }

    private static string WordPiece(string added) => $$"""
        {"added_tokens": [{{added}}], "normalizer": {"type": "BertNormalizer", "lowercase": true}, "pre_tokenizer": {"type": "BertPreTokenizer"},
         "model": {"type": "WordPiece", "unk_token": "[UNK]",
           "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "the": 4, "play": 5, "a": 6, "-": 7} } }
        """;
}
