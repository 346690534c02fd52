using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

/// <summary>Checkpoints of other tools, and a network without a published golden (Fixtures/Models/make.py).</summary>
public sealed class SpeechCheckpointTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Fixtures", "Models");

    [Fact]
    public void A_file_of_openai_names_its_sizes_and_fills_the_network()
    {
        string path = Path.Combine(Folder, "whisper_openai.pt");
        ModelConfig config = Whisper.ConfigOf(path);
        Assert.Equal((8, 6, 20, 12), (
            config.Whole("d_model"), config.Whole("num_mel_bins"), config.Whole("vocab_size"), config.Whole("max_target_positions")));
        using HuggingFaceFolder file = HuggingFaceFolder.OpenFile(path, config);
        Assert.Equal(HeadKind.Vocabulary, file.Head);
        (ConfigNetwork network, WeightLoadReport report) = file.Build();
        using ConfigNetwork owned = network;
        Assert.Empty(report.Missing);
        using StateDict stored = StateDict.Open(path);
        foreach ((string name, string own) in new[]
        {
            ("encoder.positional_embedding", "model.encoder.embed_positions.weight"),
            ("decoder.blocks.0.cross_attn.key.weight", "model.decoder.layers.0.encoder_attn.k_proj.weight"),
            ("encoder.blocks.0.mlp.2.bias", "model.encoder.layers.0.fc2.bias"),
        })
        {
            using Tensor expected = stored.Read(name);
            using Tensor wide = expected.to(ScalarType.Float32);
            Assert.True(wide.allclose(network.State().First(entry => entry.Key == own).Value, 0, 0), own);
        }
    }

    [Fact]
    public void A_file_without_sizes_is_refused_by_name()
    {
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.safetensors");
        try
        {
            using Tensor weight = ones(2);
            using StateDict state = StateDict.FromTensors([new("weight", weight)]);
            state.Save(path);
            Assert.Contains("'dims'", Assert.Throws<InvalidDataException>(() => Whisper.ConfigOf(path)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("weight_g", "weight_v", "wav2vec2.encoder.", "wav2vec2.feature_extractor.")]
    [InlineData("parametrizations.weight.original0", "parametrizations.weight.original1", "encoder.", "feature_extractor.")]
    [InlineData("weight_g", "weight_v", "encoder.transformer.", "feature_extractor.")]
    public void Names_of_hugging_face_old_and_new_and_of_torchaudio_fill_the_network(
        string length, string direction, string encoder, string convolutions)
    {
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.safetensors");
        bool isTorchaudio = encoder == "encoder.transformer.";
        using SpeechNetwork saved = TinySpeech.Build(TinySpeech.Wav2Vec2, HeadKind.Vocabulary);
        string Renamed(string name) => name
            .Replace("conv.weight_g", $"conv.{length}", StringComparison.Ordinal)
            .Replace("conv.weight_v", $"conv.{direction}", StringComparison.Ordinal)
            .Replace("wav2vec2.encoder.", encoder, StringComparison.Ordinal)
            .Replace("wav2vec2.feature_extractor.", convolutions, StringComparison.Ordinal)
            .Replace(
                "wav2vec2.feature_projection.", isTorchaudio ? "encoder.feature_projection." : "feature_projection.",
                StringComparison.Ordinal)
            .Replace("lm_head.", isTorchaudio ? "aux." : "lm_head.", StringComparison.Ordinal);
        try
        {
            using (StateDict state = StateDict.FromTensors(saved.State()
                .Where(entry => !entry.Key.EndsWith("masked_spec_embed", StringComparison.Ordinal))
                .Select(entry => KeyValuePair.Create(Renamed(entry.Key), entry.Value))))
            {
                state.Save(path);
            }

            using HuggingFaceFolder file = HuggingFaceFolder.OpenFile(path, TinySpeech.Wav2Vec2);
            (ConfigNetwork network, WeightLoadReport report) = file.Build(new HeadSpec(HeadKind.Vocabulary));
            using ConfigNetwork owned = network;
            Assert.Equal(["wav2vec2.masked_spec_embed"], report.Missing);
            using IDisposable guard = no_grad();
            using AudioInput input = TinySpeech.Input(saved);
            network.eval();
            using Tensor expected = saved.call(input), found = network.call(input);
            Assert.True(expected.allclose(found, 0, 0));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    [Trait("Category", "Parity")]
    public void The_spectrogram_transformer_equals_its_definition()
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "spectrogram_transformer.json")));
        JsonElement golden = document.RootElement;
        ModelConfig config = ModelConfig.FromJson(golden.GetProperty("config").GetRawText());
        using SpeechNetwork network = TinySpeech.Build(config, HeadKind.Pooled);
        ParityFill fill = new(golden.GetProperty("salt").GetString()!, golden.GetProperty("gain").GetDouble());
        Dictionary<string, Tensor> state = new(network.State());
        Assert.Equal(
            golden.GetProperty("state_dict").EnumerateArray().Select(row => row[0].GetString()).Order(StringComparer.Ordinal),
            state.Keys.Order(StringComparer.Ordinal));
        foreach (JsonElement row in golden.GetProperty("state_dict").EnumerateArray())
        {
            string name = row[0].GetString()!;
            fill.Values(name, row[2].GetString()!, ParityModel.Shape(row[1])).CopyTo(NativeFloats.Of(state[name]));
        }

        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        long[] shape = [2, network.Bands!.Value, network.FrameCount!.Value];
        using AudioInput input = new(tensor(fill.Values("input", "scale", shape), shape));
        Tensor hidden = network.ForwardHidden(input);
        Assert.Equal(ParityModel.Shape(golden.GetProperty("hidden_shape")), hidden.shape);
        Close(ParityModel.Numbers(golden.GetProperty("hidden_token_5")), hidden[1][5]);
        Close([.. golden.GetProperty("logits").EnumerateArray().SelectMany(ParityModel.Numbers)], network.call(input).flatten());
    }

    private static void Close(double[] expected, Tensor found)
    {
        float[] values = [.. found.contiguous().data<float>()];
        Assert.Equal(expected.Length, values.Length);
        Assert.All(expected.Zip(values), pair => Assert.Equal(pair.First, pair.Second, 2e-5));
    }
}
