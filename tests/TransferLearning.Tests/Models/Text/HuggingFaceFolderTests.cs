using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

public sealed class HuggingFaceFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("bert")]
    [InlineData("distilbert")]
    public void Names_without_a_prefix_old_names_tied_and_ignored_entries_are_understood(string type)
    {
        using TextNetwork network = Network(type, new HeadSpec(HeadKind.Vocabulary));
        string prefix = network.BackbonePrefix;
        List<KeyValuePair<string, Tensor>> state = [];
        foreach ((string name, Tensor tensor) in network.State())
        {
            string bare = name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : name;
            string old = type == "bert"
                ? bare
                    .Replace("LayerNorm.weight", "LayerNorm.gamma", StringComparison.Ordinal)
                    .Replace("LayerNorm.bias", "LayerNorm.beta", StringComparison.Ordinal)
                : bare;

            // The table of words is stored once only, under the name of the output layer.
            state.Add(new(name == network.WordEmbeddingName ? network.Tied.First(pair => pair.Value == name).Key : old, tensor));
        }

        using Tensor positions = arange(40);
        state.Add(new("embeddings.position_ids", positions));
        Write(TinyText.Config(type), state);
        using HuggingFaceFolder checkpoint = HuggingFaceFolder.Open(_folder.Path);
        (ConfigNetwork loaded, WeightLoadReport report) = checkpoint.Build(new HeadSpec(HeadKind.Vocabulary));
        using (loaded)
        {
            Assert.Equal(TinyText.Numbers(network), TinyText.Numbers(loaded));
            Assert.Empty(report.Missing);
            Assert.Empty(report.Unexpected);
            Assert.Equal(1, report.Coverage);
        }
    }

    [Fact]
    public void A_head_that_the_file_lacks_begins_anew_and_is_reported()
    {
        using TextNetwork network = Network("bert", new HeadSpec(HeadKind.None));
        Write(TinyText.Config(), network.State());
        using HuggingFaceFolder checkpoint = HuggingFaceFolder.Open(_folder.Path);
        (ConfigNetwork loaded, WeightLoadReport report) = checkpoint.Build(new HeadSpec(HeadKind.Pooled, 7), seed: 1);
        using (loaded)
        {
            Assert.Equal(["classifier.bias", "classifier.weight"], report.Missing.Order());
            Dictionary<string, Tensor> state = new(loaded.State());
            Assert.Equal(0, state["classifier.bias"].abs().max().item<float>());
            Assert.InRange(state["classifier.weight"].std().item<float>(), 0.015, 0.025);
        }
    }

    [Fact]
    public void What_a_file_says_about_decoding_goes_before_the_configuration()
    {
        using TextNetwork network = Network("bert", new HeadSpec(HeadKind.None));
        Write(TinyText.Config().With("num_beams", 2).With("eos_token_id", 3), network.State());
        File.WriteAllText(
            Path.Combine(_folder.Path, "generation_config.json"),
            """{"num_beams": 6, "eos_token_id": [3, 4], "bad_words_ids": [[7], [8, 9]], "max_new_tokens": 17, "early_stopping": "never", "pad_token_id": 1, "hidden_size": 99}""");

        using HuggingFaceFolder checkpoint = HuggingFaceFolder.Open(_folder.Path);

        GenerationOptions options = GenerationOptions.FromConfig(checkpoint.Config);
        DecodingRules rules = DecodingRules.FromConfig(checkpoint.Config);
        Assert.Equal((6, 17, false), (options.Beams, options.MaxNewTokens, options.EarlyStopping));
        Assert.Equal([3, 4], rules.End);
        Assert.Equal([[7], [8, 9]], rules.BadWords);
        Assert.Equal(0, rules.Padding);
        Assert.Equal(32, checkpoint.Config.Whole("hidden_size"));
    }

    [Fact]
    public void A_wrong_value_in_the_file_about_decoding_is_refused_with_its_name()
    {
        using TextNetwork network = Network("bert", new HeadSpec(HeadKind.None));
        Write(TinyText.Config(), network.State());
        File.WriteAllText(Path.Combine(_folder.Path, "generation_config.json"), """{"num_beams": "many"}""");

        InvalidDataException refusal = Assert.Throws<InvalidDataException>(() => HuggingFaceFolder.Open(_folder.Path));

        Assert.Contains("generation_config.json", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("num_beams", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_keys_about_decoding_are_reported()
    {
        using TextNetwork network = Network("bert", new HeadSpec(HeadKind.None));
        Write(TinyText.Config(), network.State());
        File.WriteAllText(
            Path.Combine(_folder.Path, "generation_config.json"),
            """{"_from_model_config": true, "num_beams": 2, "num_beam_groups": 1, "penalty_alpha": 0.6, "watermarking_config": {"bias": 2}, "assistant": null}""");

        using HuggingFaceFolder folder = HuggingFaceFolder.Open(_folder.Path);
        (ConfigNetwork loaded, WeightLoadReport report) = folder.Build();
        loaded.Dispose();

        string note = Assert.Single(report.Notes);
        Assert.Contains("penalty_alpha, watermarking_config,", note, StringComparison.Ordinal);
        Assert.Contains("generation_config.json", note, StringComparison.Ordinal);
    }

    [Fact]
    public void Shards_and_torch_files_load_as_well()
    {
        using TextNetwork network = Network("bert", new HeadSpec(HeadKind.None));
        IReadOnlyList<KeyValuePair<string, Tensor>> state = network.State();
        File.WriteAllText(Path.Combine(_folder.Path, "config.json"), TinyText.Config().ToJson());
        using (StateDict all = StateDict.FromTensors(state))
        {
            all.Save(Path.Combine(_folder.Path, "pytorch_model.bin"));
        }

        Check();
        File.Delete(Path.Combine(_folder.Path, "pytorch_model.bin"));
        int half = state.Count / 2;
        Save("part1.safetensors", state.Take(half));
        Save("part2.safetensors", state.Skip(half));
        string map = string.Join(",", state.Select((entry, i) => $"\"{entry.Key}\":\"part{(i < half ? 1 : 2)}.safetensors\""));
        File.WriteAllText(Path.Combine(_folder.Path, "model.safetensors.index.json"), $"{{\"weight_map\":{{{map}}}}}");
        Check();

        void Save(string name, IEnumerable<KeyValuePair<string, Tensor>> part)
        {
            using StateDict shard = StateDict.FromTensors(part);
            shard.Save(Path.Combine(_folder.Path, name));
        }

        void Check()
        {
            using HuggingFaceFolder checkpoint = HuggingFaceFolder.Open(_folder.Path);
            (ConfigNetwork loaded, _) = checkpoint.Build(new HeadSpec(HeadKind.None));
            using (loaded)
            {
                Assert.Equal(TinyText.Numbers(network), TinyText.Numbers(loaded));
            }
        }
    }

    [Fact]
    public void What_does_not_belong_together_is_refused_with_both_sides_named()
    {
        Assert.Throws<DirectoryNotFoundException>(() => HuggingFaceFolder.Open(Path.Combine(_folder.Path, "nowhere")));
        Assert.Contains(
            "config.json",
            Assert.Throws<FileNotFoundException>(() => HuggingFaceFolder.Open(_folder.Path)).Message,
            StringComparison.Ordinal);
        WriteConfig(TinyText.Config());
        Assert.Contains(
            "pytorch_model.bin",
            Assert.Throws<FileNotFoundException>(() => HuggingFaceFolder.Open(_folder.Path)).Message,
            StringComparison.Ordinal);
        WriteConfig(TinyText.Config().With("model_type", "elephant"));
        string unknown = Assert.Throws<InvalidDataException>(() => HuggingFaceFolder.Open(_folder.Path)).Message;
        Assert.Contains("'elephant'", unknown, StringComparison.Ordinal);
        Assert.Contains("distilbert", unknown, StringComparison.Ordinal);

        using TextNetwork network = Network("bert", new HeadSpec(HeadKind.None));
        Write(TinyText.Config().With("vocab_size", 99), network.State());
        using (HuggingFaceFolder checkpoint = HuggingFaceFolder.Open(_folder.Path))
        {
            string sizes = Assert.Throws<InvalidDataException>(() => checkpoint.Build()).Message;
            Assert.Contains("99", sizes, StringComparison.Ordinal);
            Assert.Contains($"{TinyText.Vocabulary.Count} rows", sizes, StringComparison.Ordinal);
        }

        Write(TinyText.Config(), network.State().Where(entry => !entry.Key.Contains("layer.1.output", StringComparison.Ordinal)));
        using (HuggingFaceFolder checkpoint = HuggingFaceFolder.Open(_folder.Path))
        {
            Assert.Contains(
                "bert.encoder.layer.1.output",
                Assert.Throws<WeightLoadException>(() => checkpoint.Build()).Message,
                StringComparison.Ordinal);
        }

        // A tokenizer with more tokens than the network has vectors.
        Write(TinyText.Config(), network.State());
        TinyText.WriteTokenizer(_folder.Path);
        File.AppendAllLines(Path.Combine(_folder.Path, "vocab.txt"), ["one", "two"]);
        string both = Assert.Throws<InvalidDataException>(() => Pretrained.Text(_folder.Path)).Message;
        Assert.Contains($"{TinyText.Vocabulary.Count + 2} tokens", both, StringComparison.Ordinal);
        Assert.Contains($"{TinyText.Vocabulary.Count} rows", both, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "no sound JSON")]
    [InlineData("[1]", "Array")]
    [InlineData("{\"model_type\":\"bert\"}", "'vocab_size'")]
    [InlineData("{\"model_type\":\"bert\",\"vocab_size\":\"many\"}", "a whole number")]
    [InlineData("{\"model_type\":\"bert\",\"vocab_size\":10,\"num_hidden_layers\":1000000000}", "from 1 to 1000")]
    [InlineData("{\"model_type\":\"bert\",\"vocab_size\":10,\"hidden_size\":10,\"num_attention_heads\":3}", "do not divide")]
    [InlineData("{\"model_type\":\"bert\",\"vocab_size\":10,\"hidden_dropout_prob\":7}", "a probability")]
    [InlineData("{\"model_type\":\"bert\",\"vocab_size\":10,\"position_embedding_type\":\"relative_key\"}", "relative_key")]
    [InlineData("{\"model_type\":\"bert\",\"id2label\":{\"0\":\"a\",\"2\":\"b\"}}", "without a gap")]
    public void An_unsound_configuration_is_refused_by_name(string json, string expected)
    {
        InvalidDataException refused = Assert.Throws<InvalidDataException>(() =>
        {
            ModelConfig config = ModelConfig.FromJson(json);
            _ = config.LabelNames;
            ConfigCatalog.Of(config).Build(config, new HeadSpec(HeadKind.None)).Dispose();
        });
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_configuration_keeps_every_key_and_the_last_of_equal_ones()
    {
        ModelConfig config = ModelConfig.FromJson("""{"model_type":"bert","own":[1,{"x":null}],"a":1,"a":2,"id2label":{"1":"yes","0":"no"}}""");
        Assert.Equal(2, config.Whole("a"));
        Assert.Equal(["no", "yes"], config.LabelNames!);
        ModelConfig again = ModelConfig.FromJson(config.WithLabels(["x", "y", "z"]).ToJson());
        Assert.Equal(["x", "y", "z"], again.LabelNames!);
        Assert.Equal(config.Keys.Concat(["label2id"]).Order(), again.Keys.Order());
        Assert.Contains("\"x\": null", again.ToJson(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_row_of_nothing_but_padding_gives_numbers_and_disturbs_no_other()
    {
        using TextNetwork network = Network("bert", new HeadSpec(HeadKind.None));
        network.eval();
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using TokenInput both = new(tensor(new long[] { 5, 6, 0, 0, 0, 0 }, [2, 3]), tensor(new long[] { 1, 1, 0, 0, 0, 0 }, [2, 3]));
        using TokenInput alone = new(tensor(new long[] { 5, 6 }, [1, 2]));
        Tensor hidden = network.ForwardHidden(both);
        Assert.True(hidden.isfinite().all().item<bool>());
        Assert.True((hidden[0].narrow(0, 0, 2) - network.ForwardHidden(alone)[0]).abs().max().item<float>() < 1e-5);
    }

    private static TextNetwork Network(string type, HeadSpec head)
    {
        TextNetwork network = (TextNetwork)ConfigCatalog.Of(TinyText.Config(type)).Build(TinyText.Config(type), head);
        network.Initialize(11);
        return network;
    }

    [Theory]
    [InlineData("bert", "cls.predictions.decoder.weight")]
    [InlineData("roberta", "lm_head.decoder.weight")]
    [InlineData("distilbert", "vocab_projector.weight")]
    public void An_untied_output_layer_has_weights_of_its_own(string type, string name)
    {
        ModelConfig config = TinyText.Config(type).With("tie_word_embeddings", false);
        using ConfigNetwork network = (TextNetwork)ConfigCatalog.Of(config).Build(config, new HeadSpec(HeadKind.Vocabulary));
        network.Initialize(1);
        Write(config, network.State());
        using HuggingFaceFolder folder = HuggingFaceFolder.Open(_folder.Path);
        (ConfigNetwork loaded, WeightLoadReport report) = folder.Build(new HeadSpec(HeadKind.Vocabulary));
        using (loaded)
        {
            Assert.Contains(name, report.Applied);
            Assert.Equal(TinyText.Numbers(network), TinyText.Numbers(loaded));
        }
    }

    [Theory]
    [InlineData("gpt2", "lm_head.weight")]
    [InlineData("bart", "lm_head.weight")]
    [InlineData("marian", "lm_head.weight")]
    public void An_untied_decoder_needs_its_output_layer(string type, string name)
    {
        ModelConfig config = (
            type == "gpt2" ? TinyDecoders.Gpt2Config() : TinyDecoders.MarianConfig(type: type)).With("tie_word_embeddings", false);
        using ConfigNetwork network = (TextNetwork)ConfigCatalog.Of(config).Build(config, new HeadSpec(HeadKind.Vocabulary));
        network.Initialize(1);
        Assert.Contains(name, network.State().Select(entry => entry.Key));
        Write(config, network.State().Where(entry => entry.Key != name));
        using HuggingFaceFolder folder = HuggingFaceFolder.Open(_folder.Path);
        Assert.Contains(
            name,
            Assert.Throws<WeightLoadException>(() => folder.Build(new HeadSpec(HeadKind.Vocabulary))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Two_vocabularies_have_two_tables()
    {
        ModelConfig config = TinyDecoders.MarianConfig().With("share_encoder_decoder_embeddings", false).With("decoder_vocab_size", 70);
        using ConfigNetwork network = (TextNetwork)ConfigCatalog.Of(config).Build(config, new HeadSpec(HeadKind.Vocabulary));
        network.Initialize(1);
        network.eval();
        Dictionary<string, long> rows = network
            .State()
            .Where(entry => entry.Key.Contains("embed_tokens", StringComparison.Ordinal))
            .ToDictionary(entry => entry.Key, entry => entry.Value.size(0));
        Assert.Equal(
            new Dictionary<string, long> { ["model.encoder.embed_tokens.weight"] = 61, ["model.decoder.embed_tokens.weight"] = 70 }, rows);
        using TokenInput input = new(ones(1, 3, int64)) { DecoderIds = full([1, 2], 69, int64) };
        using Tensor logits = network.call(input);
        Assert.Equal([1, 2, 70], logits.shape);
    }

    [Fact]
    public void Weights_that_the_configuration_overrules_are_named_in_the_report()
    {
        using TextNetwork network = Network("gpt2", new HeadSpec(HeadKind.Vocabulary));
        using Tensor other = rand(network.State().First(entry => entry.Key == network.WordEmbeddingName).Value.shape);
        Write(TinyText.Config("gpt2"), [.. network.State(), new("lm_head.weight", other)]);
        using HuggingFaceFolder folder = HuggingFaceFolder.Open(_folder.Path);
        (ConfigNetwork loaded, WeightLoadReport report) = folder.Build(new HeadSpec(HeadKind.Vocabulary));
        using (loaded)
        {
            Assert.Equal(TinyText.Numbers(network), TinyText.Numbers(loaded));
            Assert.Contains("lm_head.weight", Assert.Single(report.Notes), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_tensor_without_a_place_is_refused_by_name()
    {
        using TextNetwork network = Network("bert", new HeadSpec(HeadKind.None));
        using Tensor extra = ones(3);
        Write(TinyText.Config(), [.. network.State(), new("bert.encoder.layer.7.adapter.weight", extra)]);
        using HuggingFaceFolder folder = HuggingFaceFolder.Open(_folder.Path);
        Assert.Contains(
            "bert.encoder.layer.7.adapter.weight",
            Assert.Throws<InvalidDataException>(() => folder.Build()).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_trained_head_of_another_size_is_refused_unless_a_new_one_is_wanted()
    {
        using TextNetwork network = Network("bert", new HeadSpec(HeadKind.Pooled, 2));
        Write(
            TinyText
                .Config()
                .With("architectures", new[] { "BertForSequenceClassification" })
                .With("num_labels", 2)
                .With("id2label", new Dictionary<string, string> { ["0"] = "a", ["1"] = "b", ["2"] = "c" }),
            network.State());
        using HuggingFaceFolder folder = HuggingFaceFolder.Open(_folder.Path);
        string message = Assert.Throws<InvalidDataException>(() => folder.Build()).Message;
        Assert.Contains("[3, 32]", message, StringComparison.Ordinal);
        Assert.Contains("[2, 32]", message, StringComparison.Ordinal);
        (ConfigNetwork loaded, WeightLoadReport report) = folder.Build(new HeadSpec(HeadKind.Pooled, 3));
        loaded.Dispose();
        Assert.Equal(["classifier.weight", "classifier.bias"], report.ShapeMismatches.Select(mismatch => mismatch.Name));
    }

    private void WriteConfig(ModelConfig config) => File.WriteAllText(Path.Combine(_folder.Path, "config.json"), config.ToJson());

    private void Write(ModelConfig config, IEnumerable<KeyValuePair<string, Tensor>> state)
    {
        WriteConfig(config);
        using StateDict weights = StateDict.FromTensors(state);
        weights.Save(Path.Combine(_folder.Path, "model.safetensors"));
    }
}
