using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

/// <summary>Names, shapes and keys of the PEFT library's files, which no Python wrote here: they are its documented ones.</summary>
public sealed class PeftLayoutTests : IDisposable
{
    private const string Layer = "base_model.model.bert.encoder.layer.";
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Dora_s_magnitudes_are_one_tensor_without_a_weight()
    {
        LoraOptions options = new() { Rank = 2, Targets = ["query"], UsesDora = true };
        (Dictionary<string, long[]> shapes, JsonElement config) = Saved(options, "bert");
        Assert.Equal([32], shapes[$"{Layer}0.attention.self.query.lora_magnitude_vector"]);
        Assert.Equal([2, 32], shapes[$"{Layer}1.attention.self.query.lora_A.weight"]);
        Assert.Equal([2, 32], shapes["base_model.model.classifier.weight"]);
        Assert.Equal(8, shapes.Count);
        Assert.Equal("LORA", config.GetProperty("peft_type").GetString());
        Assert.True(config.GetProperty("use_dora").GetBoolean());
    }

    [Fact]
    public void The_factors_of_ia3_stand_along_outputs_or_inputs()
    {
        (Dictionary<string, long[]> shapes, JsonElement config) = Saved(new Ia3Options(), "bert");
        Assert.Equal([32, 1], shapes[$"{Layer}0.attention.self.key.ia3_l"]);
        Assert.Equal([1, 64], shapes[$"{Layer}0.output.dense.ia3_l"]);
        Assert.Equal("IA3", config.GetProperty("peft_type").GetString());
        Assert.Contains("output.dense", config.GetProperty("feedforward_modules").EnumerateArray().Select(name => name.GetString()));
        (shapes, config) = Saved(new Ia3Options(), "gpt2");
        Assert.Equal([96, 1], shapes["base_model.model.transformer.h.0.attn.c_attn.ia3_l"]);
        Assert.Equal([1, 128], shapes["base_model.model.transformer.h.0.mlp.c_proj.ia3_l"]);
        Assert.True(config.GetProperty("fan_in_fan_out").GetBoolean());
    }

    [Fact]
    public void Prefixes_of_all_layers_are_one_tensor_of_keys_and_values_layer_by_layer()
    {
        (Dictionary<string, long[]> shapes, JsonElement config) = Saved(new PrefixTuningOptions { Length = 3 }, "bert");
        Assert.Equal([3, 2 * 2 * 32], shapes["prompt_embeddings"]);
        Assert.Equal([2, 32], shapes["base_model.classifier.weight"]);
        Assert.Equal(("PREFIX_TUNING", 3, 32, 2, 4), Prompt(config));
        Assert.False(config.GetProperty("prefix_projection").GetBoolean());

        using Tensor numbers = arange(3 * 128, float32).reshape(3, 128);
        using TextModel model = Written(
            """
            {"peft_type": "PREFIX_TUNING", "num_virtual_tokens": 3, "token_dim": 32, "num_layers": 2, "num_attention_heads": 4,
             "num_transformer_submodules": 1, "encoder_hidden_size": 32, "prefix_projection": true, "task_type": "SEQ_CLS"}
            """,
            ("prompt_embeddings", numbers));
        Dictionary<string, Tensor> state = new(model.Module.State());
        for (int layer = 0; layer < 2; layer++)
        {
            foreach ((string name, int second) in new[] { ("prefix_key", 0), ("prefix_value", 1) })
            {
                float[] actual = state[$"bert.encoder.layer.{layer}.{name}.weight"].data<float>().ToArray(); // [heads, tokens, 8]
                int column = ((2 * layer) + second) * 32;
                Assert.Equal(
                    from head in Enumerable.Range(0, 4)
                    from token in Enumerable.Range(0, 3)
                    from i in Enumerable.Range(0, 8)
                    select (float)((128 * token) + column + (8 * head) + i),
                    actual);
            }
        }
    }

    [Fact]
    public void A_prompt_is_one_tensor_of_the_tokens_width()
    {
        (Dictionary<string, long[]> shapes, JsonElement config) = Saved(new PromptTuningOptions { Length = 3 }, "gpt2");
        Assert.Equal([3, 32], shapes["prompt_embeddings"]);
        Assert.Equal([2, 32], shapes["base_model.score.weight"]);
        Assert.Equal(("PROMPT_TUNING", 3, 32, 2, 4), Prompt(config));
        using Tensor numbers = arange(3 * 32, float32).reshape(3, 32);
        using TextModel model = Written(
            """
            {"peft_type": "PROMPT_TUNING", "num_virtual_tokens": 3, "prompt_tuning_init": "TEXT", "prompt_tuning_init_text": "classify",
             "tokenizer_name_or_path": "x", "task_type": "SEQ_CLS"}
            """,
            ("prompt_embeddings", numbers));
        Assert.Equal(
            numbers.data<float>().ToArray(),
            model.Module.State().First(entry => entry.Key == "prompt_embeddings.weight").Value.data<float>().ToArray());
    }

    [Fact]
    public void Older_and_newer_names_of_a_tensor_are_read()
    {
        using Tensor rows = full(4, 32, 0.5f), columns = full(32, 4, 0.25f), lengths = full(32, 2f);
        foreach (string ending in new[] { "", ".weight", ".default", ".default.weight" })
        {
            using TextModel model = Written(
                """
                {"peft_type": "LORA", "r": 4, "lora_alpha": 8, "use_dora": true, "target_modules": ["query"],
                 "layers_to_transform": [1]}
                """,
                ($"{Layer}1.attention.self.query.lora_A.weight", rows), ($"{Layer}1.attention.self.query.lora_B.weight", columns),
                ($"{Layer}1.attention.self.query.lora_magnitude_vector{ending}", lengths));
            Assert.Equal(
                2, model.Module.State().First(entry => entry.Key.EndsWith("lora_magnitude_vector.weight", StringComparison.Ordinal))
                    .Value.mean().ToSingle());
        }

        using Tensor outputs = full(32, 1, 3f), inputs = full(1, 64, 4f);
        using TextModel scaled = Written(
            """{"peft_type": "IA3", "target_modules": ["key", "1.output.dense"], "feedforward_modules": ["1.output.dense"]}""",
            ($"{Layer}0.attention.self.key.ia3_l", outputs), ($"{Layer}1.attention.self.key.ia3_l", outputs),
            ($"{Layer}1.output.dense.ia3_l", inputs));
        Assert.Equal(
            4, scaled.Module.State().First(entry => entry.Key.EndsWith("1.output.dense.ia3_l.weight", StringComparison.Ordinal))
                .Value.mean().ToSingle());
    }

    [Theory]
    [InlineData("""{"peft_type": "ADALORA"}""", "'peft_type'")]
    [InlineData("""{"peft_type": "PREFIX_TUNING"}""", "num_virtual_tokens")]
    [InlineData("""{"peft_type": "PREFIX_TUNING", "num_virtual_tokens": 999999999}""", "num_virtual_tokens")]
    [InlineData(
        """{"peft_type": "PREFIX_TUNING", "num_virtual_tokens": 3, "num_transformer_submodules": 2}""", "num_transformer_submodules")]
    [InlineData("""{"peft_type": "PROMPT_TUNING", "num_virtual_tokens": 3, "other": 1}""", "'other'")]
    [InlineData("""{"peft_type": "IA3", "init_ia3_weights": false}""", "init_ia3_weights")]
    [InlineData("""{"peft_type": "LORA", "use_dora": true, "lora_bias": true, "target_modules": ["query"]}""", "HasBias")]
    [InlineData("""{"transferlearning_adapter": {"Kind": "nothing"}}""", "transferlearning_adapter")]
    [InlineData("""{"transferlearning_adapter": {"Kind": "bottleneck", "Width": 2000000000}}""", "Width")]
    [InlineData("""{"transferlearning_adapter": 5}""", "transferlearning_adapter")]
    public void What_a_configuration_asks_for_and_cannot_have_is_refused_by_name(string config, string word)
        => Assert.Contains(
            word,
            Assert.Throws<InvalidDataException>(() => PeftConfig.Read(ModelConfig.FromJson(config))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void What_is_absent_or_of_another_shape_is_refused_and_nothing_stays()
    {
        const string config = """{"peft_type": "PROMPT_TUNING", "num_virtual_tokens": 3}""";
        using Tensor few = zeros(2, 32);
        Assert.Contains(
            "[2, 32]",
            Assert.Throws<InvalidDataException>(() => Written(config, ("prompt_embeddings", few))).Message,
            StringComparison.Ordinal);
        Assert.ThrowsAny<Exception>(() => Written(config));
    }

    public void Dispose() => _folder.Dispose();

    private static (string? Type, int Tokens, int Width, int Layers, int Heads) Prompt(JsonElement config) => (
        config.GetProperty("peft_type").GetString(), config.GetProperty("num_virtual_tokens").GetInt32(),
        config.GetProperty("token_dim").GetInt32(), config.GetProperty("num_layers").GetInt32(),
        config.GetProperty("num_attention_heads").GetInt32());

    private (Dictionary<string, long[]> Shapes, JsonElement Config) Saved(AdapterOptions options, string type)
    {
        string folder = Path.Combine(_folder.Path, "saved");
        using TextModel model = TinyText.Model(_folder.Path, type: type).WithAdapter(options);
        model.SaveAdapter(folder);
        using StateDict state = StateDict.Open(Path.Combine(folder, "adapter_model.safetensors"));
        using JsonDocument config = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "adapter_config.json")));
        Assert.Equal("SEQ_CLS", config.RootElement.GetProperty("task_type").GetString());
        return (state.Entries.ToDictionary(entry => entry.Name, entry => entry.Shape.ToArray()), config.RootElement.Clone());
    }

    private TextModel Written(string config, params (string Name, Tensor Tensor)[] tensors)
    {
        string folder = Directory.CreateDirectory(Path.Combine(_folder.Path, Path.GetRandomFileName())).FullName;
        File.WriteAllText(Path.Combine(folder, "adapter_config.json"), config);
        using (StateDict state = StateDict.FromTensors(
            tensors.Select(entry => KeyValuePair.Create(entry.Name, entry.Tensor)), new Dictionary<string, string> { ["format"] = "pt" }))
        {
            state.Save(Path.Combine(folder, "adapter_model.safetensors"), CheckpointFormat.SafeTensors);
        }

        TextModel model = TinyText.Model(_folder.Path);
        try
        {
            return model.LoadAdapter(folder);
        }
        catch
        {
            Assert.Empty(model.AdapterNames());
            model.Dispose();
            throw;
        }
    }
}
