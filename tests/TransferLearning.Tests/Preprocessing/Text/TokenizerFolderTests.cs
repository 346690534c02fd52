using System.Text.Json;

namespace TransferLearning.Tests;

public sealed class TokenizerFolderTests : IDisposable
{
    private static readonly TextEncodingOptions Bare = new() { AddSpecialTokens = false };
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_without_a_tokenizer_is_named_with_what_was_looked_for()
    {
        TokenizerException error = Assert.Throws<TokenizerException>(() => TextTokenizer.FromFolder(_folder.Path));
        Assert.Contains(_folder.Path, error.Message, StringComparison.Ordinal);
        Assert.Contains("tokenizer.json", error.Message, StringComparison.Ordinal);
        Assert.Contains("vocab.json with merges.txt", error.Message, StringComparison.Ordinal);
        Assert.Contains("Copy the tokenizer files", error.Message, StringComparison.Ordinal);
        Assert.Contains(
            "not a folder",
            Assert.Throws<TokenizerException>(() => TextTokenizer.FromFolder(_folder.File("none"))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_word_piece_folder_follows_its_settings()
    {
        TinyTokenizers.WordPiece(_folder, "The");
        Assert.Equal([20], TextTokenizer.FromFolder(_folder.Path).Encode("The", options: Bare).Ids);
        File.WriteAllText(_folder.File("tokenizer_config.json"),
            """{"do_lower_case": true, "model_max_length": 4, "tokenizer_class": "BertTokenizer"}""");
        TextTokenizer lower = TextTokenizer.FromFolder(_folder.Path);
        Assert.Equal(4, lower.MaximumLength);
        EncodedText encoded = lower.Encode("The the the");
        Assert.Equal([2, 5, 5, 3], encoded.Ids);
        Assert.Equal(1, encoded.TruncatedTokens);
    }

    [Fact]
    public void The_greatest_length_comes_from_the_model_where_the_tokenizer_names_none()
    {
        TinyTokenizers.BytePair(_folder, "<s>", "<pad>", "</s>", "<unk>", "<mask>");
        File.WriteAllText(_folder.File("config.json"), """{"model_type": "roberta", "max_position_embeddings": 514}""");
        File.WriteAllText(_folder.File("tokenizer_config.json"), """{"model_max_length": 1000000000000000019884624838656}""");
        Assert.Equal(512, TextTokenizer.FromFolder(_folder.Path).MaximumLength);
    }

    [Fact]
    public void The_older_names_of_gpt2_are_known()
    {
        (string vocabulary, string merges) = TinyTokenizers.BytePair(_folder, "<|endoftext|>");
        File.Move(vocabulary, _folder.File("encoder.json"));
        File.Move(merges, _folder.File("vocab.bpe"));
        Assert.Equal("hello", TextTokenizer.FromFolder(_folder.Path).Decode(TextTokenizer.FromFolder(_folder.Path).Encode("hello").Ids));
    }

    [Fact]
    public void Tokens_added_to_a_vocabulary_are_found_in_the_text_and_fill_their_places()
    {
        TinyTokenizers.BytePair(_folder, "<|endoftext|>");
        File.WriteAllText(_folder.File("added_tokens.json"), """{"[PAD]": 300, "hel": 301}""");
        File.WriteAllText(_folder.File("special_tokens_map.json"), """{"pad_token": {"content": "[PAD]", "lstrip": false}}""");
        TextTokenizer tokenizer = TextTokenizer.FromFolder(_folder.Path);
        Assert.Equal((302, 300), (tokenizer.VocabularySize, tokenizer.PadId));
        Assert.Equal(["hel", "l", "o"], tokenizer.Encode("hello").Ids.Select(tokenizer.IdToToken));
        Assert.Equal("hello", tokenizer.Decode([300, .. tokenizer.Encode("hello").Ids, 300]));
        Assert.True(tokenizer.IsSpecial(300));
        Assert.False(tokenizer.IsSpecial(301));
        Assert.Null(tokenizer.IdToToken(299));
    }

    [Fact]
    public void A_token_may_take_spaces_along_or_ask_to_stand_alone()
    {
        TinyTokenizers.BytePair(_folder, "<|endoftext|>");
        File.WriteAllText(_folder.File("tokenizer_config.json"), """
            {"added_tokens_decoder": {"300": {"content": "<x>", "lstrip": true, "rstrip": true, "special": true},
              "301": {"content": "he", "single_word": true, "special": false}}}
            """);
        TextTokenizer tokenizer = TextTokenizer.FromFolder(_folder.Path);
        EncodedText encoded = tokenizer.Encode("hello <x> he", options: new TextEncodingOptions());
        Assert.Equal(["hello", "<x>", "he"], encoded.Ids.Select(tokenizer.IdToToken));
        Assert.Equal([(0, 5), (5, 5), (10, 2)], encoded.Offsets);
    }

    [Fact]
    public void T5_closes_each_text_and_has_sentinels_after_its_pieces()
    {
        File.WriteAllBytes(_folder.File("spiece.model"), TinyTokenizers.PieceModel(bytePair: false, pieces: TinyTokenizers.Pieces));
        File.WriteAllText(_folder.File("config.json"), """{"model_type": "t5"}""");
        TextTokenizer tokenizer = TextTokenizer.FromFolder(_folder.Path);
        int pieces = TinyTokenizers.Pieces.Length + 3;
        Assert.Equal(pieces + 100, tokenizer.VocabularySize);
        Assert.Equal(pieces + 99, tokenizer.TokenToId("<extra_id_0>"));
        Assert.Equal(["▁hello", "</s>", "▁hello", "</s>"], tokenizer.Encode("hello", "hello").Ids.Select(tokenizer.IdToToken));
        Assert.Contains(pieces + 98, tokenizer.Encode("hello <extra_id_1> world").Ids);
        Assert.Equal("hello", tokenizer.Decode(tokenizer.Encode("hello").Ids));
    }

    [Fact]
    public void Marian_takes_pieces_from_one_file_and_numbers_from_another()
    {
        File.WriteAllBytes(_folder.File("source.spm"), TinyTokenizers.PieceModel(bytePair: false, pieces: TinyTokenizers.Pieces));
        File.WriteAllBytes(_folder.File("target.spm"), TinyTokenizers.PieceModel(bytePair: false, pieces: TinyTokenizers.Pieces));
        File.WriteAllText(_folder.File("vocab.json"),
            """{"</s>": 0, "<unk>": 1, "▁hello": 2, "ld": 3, "▁wor": 4, ">>de<<": 5, "▁": 6, "<pad>": 7}""");
        TextTokenizer tokenizer = TextTokenizer.FromFolder(_folder.Path);
        Assert.Equal([5, 2, 4, 3, 0], tokenizer.Encode(">>de<< hello world").Ids);
        Assert.Equal([2, 2, 0], tokenizer.Encode("hello", "hello").Ids);
        Assert.Equal([1, 0], tokenizer.Encode("he").Ids);
        Assert.Equal((7, 0, 1), (tokenizer.PadId, tokenizer.SeparatorId, tokenizer.UnknownId));
        Assert.Equal("hello world", tokenizer.Decode([7, 2, 4, 3, 0]));
    }

    [Fact]
    public void XlmRoberta_numbers_its_pieces_as_fairseq_does()
    {
        File.WriteAllBytes(
            _folder.File("sentencepiece.bpe.model"), TinyTokenizers.PieceModel(bytePair: false, pieces: TinyTokenizers.Pieces));
        TextTokenizer tokenizer = TextTokenizer.FromFolder(_folder.Path);
        Assert.Equal([0, 7, 2], tokenizer.Encode("hello").Ids);
        Assert.Equal((1, 3, TinyTokenizers.Pieces.Length + 4), (tokenizer.PadId, tokenizer.UnknownId, tokenizer.MaskId));
    }

    [Fact]
    public void A_json_word_piece_tokenizer_equals_its_vocabulary()
    {
        string vocabulary = JsonSerializer.Serialize(
            TinyTokenizers.Words.Select((token, id) => (token, id)).ToDictionary(pair => pair.token, pair => pair.id));
        File.WriteAllText(_folder.File("tokenizer.json"), $$$"""
            {"added_tokens": [{"id": 0, "content": "[PAD]", "special": true}, {"id": 2, "content": "[CLS]", "special": true},
              {"id": 3, "content": "[SEP]", "special": true}, {"id": 4, "content": "[MASK]", "special": true}],
             "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
             "pre_tokenizer": {"type": "BertPreTokenizer"},
             "post_processor": {"type": "TemplateProcessing",
               "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
               "pair": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}},
                 {"Sequence": {"id": "B", "type_id": 1}}, {"SpecialToken": {"id": "[SEP]", "type_id": 1}}],
               "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]}, "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]} }},
             "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": {{{vocabulary}}} }}
            """);
        TextTokenizer json = TextTokenizer.FromFolder(_folder.Path);
        TextTokenizer plain = WordPieceTokenizer.FromVocabulary(TinyTokenizers.WordPiece(_folder));
        foreach (string text in (string[])["The Playing CAFÉ!", "[MASK] don't 我我", ""])
        {
            Assert.Equal(plain.Encode(text, "the").Ids, json.Encode(text, "the").Ids);
            Assert.Equal(plain.Encode(text, "the").TypeIds, json.Encode(text, "the").TypeIds);
        }

        Assert.Equal((0, 1, 2, 3, 4), (json.PadId, json.UnknownId, json.ClassId, json.SeparatorId, json.MaskId));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_json_byte_level_tokenizer_equals_its_files(bool mergesAsArrays)
    {
        (string vocabulary, string merges) = TinyTokenizers.BytePair(_folder, "<s>", "<pad>", "</s>", "<unk>", "<mask>");
        BytePairTokenizer plain = BytePairTokenizer.FromFiles(vocabulary, merges);
        string[] pairs = File.ReadAllLines(merges)[1..];
        string list = mergesAsArrays ? JsonSerializer.Serialize(pairs.Select(pair => pair.Split(' '))) : JsonSerializer.Serialize(pairs);
        File.WriteAllText(_folder.File("tokenizer.json"), $$$"""
            {"added_tokens": [{"id": 0, "content": "<s>", "special": true}, {"id": 4, "content": "<mask>", "lstrip": true, "special": true}],
             "normalizer": null, "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true},
             "post_processor": {"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0], "trim_offsets": true, "add_prefix_space": false},
             "model": {"type": "BPE", "vocab": {{{File.ReadAllText(vocabulary)}}}, "merges": {{{list}}} }}
            """);
        TextTokenizer json = TextTokenizer.FromFolder(_folder.Path);
        Assert.Equal(plain.Encode("hello world <mask> é", "hello").Ids, json.Encode("hello world <mask> é", "hello").Ids);
    }

    [Fact]
    public void A_json_unigram_tokenizer_equals_its_model()
    {
        File.WriteAllBytes(_folder.File("m.model"), TinyTokenizers.PieceModel(bytePair: false, pieces: TinyTokenizers.Pieces));
        SentencePieceTokenizer plain = SentencePieceTokenizer.FromModel(_folder.File("m.model"));
        (string, float)[] all = [("<unk>", 0), ("<s>", 0), ("</s>", 0), .. TinyTokenizers.Pieces];
        string vocabulary = JsonSerializer.Serialize(all.Select(entry => new object[] { entry.Item1, entry.Item2 }));
        File.WriteAllText(_folder.File("tokenizer.json"), $$$"""
            {"added_tokens": [{"id": 0, "content": "<unk>", "special": true}, {"id": 2, "content": "</s>", "special": true}],
             "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, {"type": "Metaspace", "replacement": "▁", "add_prefix_space": true}]},
             "post_processor": {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}],
               "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}],
               "special_tokens": {"</s>": {"id": "</s>", "ids": [2], "tokens": ["</s>"]} }},
             "model": {"type": "Unigram", "unk_id": 0, "vocab": {{{vocabulary}}} }}
            """);
        TextTokenizer json = TextTokenizer.FromFolder(_folder.Path);
        foreach (string text in (string[])["hello  world", " wor日本 he"])
        {
            Assert.Equal(plain.Encode(text).Ids, json.Encode(text, options: Bare).Ids);
        }

        Assert.Equal(2, json.Encode("hello").Ids[^1]);
    }

    [Theory]
    [InlineData("tokenizer.json", "{")]
    [InlineData("tokenizer.json", "[]")]
    [InlineData("tokenizer.json", "{}")]
    [InlineData("tokenizer.json", """{"model": 3}""")]
    [InlineData("tokenizer.json", """{"model": {"type": "WordLevel", "vocab": {}}}""")]
    [InlineData("tokenizer.json", """{"model": {"type": "WordPiece", "vocab": {"a": "b"}}}""")]
    [InlineData("tokenizer.json", """{"model": {"type": "WordPiece", "vocab": {"[UNK]": 2000000000}}}""")]
    [InlineData("tokenizer.json", """{"model": {"type": "WordPiece", "vocab": {"[UNK]": -1}}}""")]
    [InlineData("tokenizer.json", """{"model": {"type": "WordPiece", "vocab": {"\ud800": 1}}}""")]
    [InlineData("tokenizer.json", """{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": [["a"]]}, "pre_tokenizer": {"type": "ByteLevel"}}""")]
    [InlineData("tokenizer.json", """{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a b"]}, "pre_tokenizer": {"type": "ByteLevel"}}""")]
    [InlineData("tokenizer.json", """{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": [3]}, "pre_tokenizer": {"type": "ByteLevel"}}""")]
    [InlineData("tokenizer.json", """{"model": {"type": "Unigram", "vocab": [["a", "b"]], "unk_id": 0}, "pre_tokenizer": {"type": "Metaspace"}}""")]
    [InlineData("tokenizer.json", """{"model": {"type": "Unigram", "vocab": [["a", 1]], "unk_id": 9}, "pre_tokenizer": {"type": "Metaspace"}}""")]
    [InlineData("tokenizer.json", """{"model": {"type": "Unigram", "vocab": [["a", 1]], "unk_id": 0}, "pre_tokenizer": {"type": "Metaspace"}, "normalizer": {"type": "Precompiled", "precompiled_charsmap": "####"}}""")]
    [InlineData("tokenizer.json", """{"model": {"type": "Unigram", "vocab": [["a", 1]], "unk_id": 0}, "pre_tokenizer": {"type": "Metaspace"}, "normalizer": {"type": "Precompiled", "precompiled_charsmap": "/////w=="}}""")]
    [InlineData("tokenizer.json", """{"model": {"type": "Unigram", "vocab": [["a", 1]], "unk_id": 0}, "pre_tokenizer": {"type": "Metaspace"}, "post_processor": {"type": "TemplateProcessing", "single": [], "pair": []}}""")]
    [InlineData("tokenizer.json", """{"model": {"type": "Unigram", "vocab": [["a", 1]], "unk_id": 0}, "pre_tokenizer": {"type": "Metaspace"}, "post_processor": {"type": "BertProcessing"}}""")]
    [InlineData("vocab.txt", "")]
    [InlineData("vocab.txt", "the\nplay")]
    [InlineData("spiece.model", "no protobuf at all")]
    [InlineData("spiece.model", "")]
    public void A_damaged_file_ends_in_one_clear_error(string name, string content)
    {
        File.WriteAllText(_folder.File(name), content);
        TokenizerException error = Assert.Throws<TokenizerException>(() => TextTokenizer.FromFolder(_folder.Path));
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_impossible_size_is_refused_unread()
    {
        using (FileStream stream = File.Create(_folder.File("tokenizer.json")))
        {
            stream.SetLength(1L << 34);
        }

        Assert.Contains(
            "17179869184 bytes",
            Assert.Throws<TokenizerException>(() => TextTokenizer.FromFolder(_folder.Path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_map_that_blows_a_text_up_is_refused()
    {
        byte[] map = [4, 0, 0, 0, 0, 0, 0, 0, .. Enumerable.Repeat((byte)'a', 100_000), 0];
        File.WriteAllText(_folder.File("tokenizer.json"), $$$"""
            {"model": {"type": "Unigram", "vocab": [["a", 1]], "unk_id": 0}, "pre_tokenizer": {"type": "Metaspace"},
             "normalizer": {"type": "Precompiled", "precompiled_charsmap": "{{{Convert.ToBase64String(map)}}}"} }
            """);
        Assert.Contains(
            "100000 bytes of one character",
            Assert.Throws<TokenizerException>(() => TextTokenizer.FromFolder(_folder.Path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_word_piece_model_without_a_prefix_still_cuts_words()
    {
        File.WriteAllText(_folder.File("tokenizer.json"), """
            {"model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "", "max_input_chars_per_word": 2000000000,
              "vocab": {"[UNK]": 0, "play": 1, "ing": 2}}, "pre_tokenizer": {"type": "BertPreTokenizer"}}
            """);
        Assert.Equal([1, 2], TextTokenizer.FromFolder(_folder.Path).Encode("playing").Ids);
    }

    [Fact]
    public void A_model_cut_short_or_changed_anywhere_never_crashes()
    {
        byte[] model = TinyTokenizers.PieceModel(bytePair: false, byteFallback: false, squeeze: true, TinyTokenizers.Pieces);
        for (int i = 0; i < model.Length; i++)
        {
            Try(model[..i]);
            byte[] changed = [.. model];
            changed[i] ^= 0xFF;
            Try(changed);
        }

        void Try(byte[] bytes)
        {
            File.WriteAllBytes(_folder.File("m.model"), bytes);
            try
            {
                SentencePieceTokenizer.FromModel(_folder.File("m.model")).Encode("hello wörld");
            }
            catch (TokenizerException error)
            {
                Assert.Contains("m.model", error.Message, StringComparison.Ordinal);
            }
        }
    }
}
