using System.Text;
using TorchSharp;
using Whisper.net;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

/// <summary>Files for whisper.cpp, read by whisper.cpp itself (Whisper.net).</summary>
public sealed class GgmlWhisperTests : IDisposable
{
    private const string Wav = "0_jackson_0_16k.wav";
    private const int Width = 32;
    private const int Words = 50257; // before the end token
    private const int Space = 220; // whisper.cpp looks it up by its text, and does not begin with it
    private const int Written = 12;
    private static readonly long[] Prompt = [50258, 50259, 50359]; // start, English, transcribe

    private readonly string _path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.bin");

    public void Dispose() => File.Delete(_path);

    // In float16, because whisper.cpp ends the process at a convolution in float32, which it can load but not compute.
    [Fact]
    public async Task Whisper_cpp_writes_the_same_tokens()
    {
        using SpeechNetwork network = Decisive();
        GgmlWhisper.Write(_path, network, Tokens(), GgmlType.F16);
        int[] own = Own(network);
        Assert.True(own.Distinct().Count() > Written / 2, string.Join(", ", own));
        Assert.NotEqual(own, Own(network, "3_theo_1_16k.wav"));
        Assert.Equal(own, await Read());
    }

    [Fact]
    public async Task Whisper_cpp_transcribes_from_blocks_of_8_bits()
    {
        using SpeechNetwork network = Decisive();
        GgmlWhisper.Write(_path, network, Tokens(), GgmlType.F16);
        long half = new FileInfo(_path).Length;
        GgmlWhisper.Write(_path, network, Tokens(), GgmlType.Q8);
        Assert.InRange(new FileInfo(_path).Length, half / 2, half * 3 / 4);
        int[] tokens = await Read();
        Assert.Equal(Written, tokens.Length);
        Assert.Equal(Own(network)[0], tokens[0]);
    }

    [Fact]
    public void A_float32_file_holds_the_numbers_of_the_network_under_openai_s_names()
    {
        using SpeechNetwork network = Decisive();
        GgmlWhisper.Write(_path, network, Tokens(), GgmlType.F32);
        using BinaryReader reader = new(File.OpenRead(_path));
        Assert.Equal(
            [0x67676d6c, 51865, 1500, Width, 2, 4, 448, Width, 2, 4, 80, 0], Enumerable.Range(0, 12).Select(_ => reader.ReadInt32()));
        Assert.Equal((80, 201), (reader.ReadInt32(), reader.ReadInt32()));
        float[] bands = [.. Enumerable.Range(0, 80 * 201).Select(_ => reader.ReadSingle())];
        Assert.Equal(0.0248626, bands[1], 1e-6); // the first triangle's height at 40 Hz
        Assert.Equal(Words, reader.ReadInt32());
        Assert.All(Tokens(), token => Assert.Equal(token, reader.ReadBytes(reader.ReadInt32())));
        Dictionary<string, Tensor> state = network.State().ToDictionary(entry => entry.Key, entry => entry.Value);
        KeyMap names = ((WhisperNetwork)network).CheckpointNames;
        while (reader.BaseStream.Position < reader.BaseStream.Length)
        {
            (int axes, int letters, int type) = (reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32());
            long[] shape = [.. Enumerable.Range(0, axes).Select(_ => (long)reader.ReadInt32()).Reverse()];
            string name = names.Apply(Encoding.UTF8.GetString(reader.ReadBytes(letters)))!;
            Assert.True(state.Remove(name, out Tensor? tensor) || state.Remove($"model.{name}", out tensor), name);
            Assert.Equal(name.EndsWith("conv1.bias", StringComparison.Ordinal) || name.EndsWith("conv2.bias", StringComparison.Ordinal)
                ? [.. tensor!.shape, 1] : tensor!.shape, shape);
            Assert.Equal(0, type);
            Assert.True(tensor.bytes.SequenceEqual(reader.ReadBytes((int)tensor.numel() * 4)), name);
        }

        Assert.Empty(state);
    }

    [Fact]
    public void Lora_weights_are_merged_into_the_file_and_stay_beside_the_network()
    {
        using SpeechNetwork network = Decisive();
        GgmlWhisper.Write(_path, network, Tokens(), GgmlType.F32);
        byte[] before = File.ReadAllBytes(_path);
        AdapterPlan.Attach(network, new LoraOptions { Rank = 2, Targets = ["q_proj"] }, 0);
        GgmlWhisper.Write(_path, network, Tokens(), GgmlType.F32);
        Assert.True(before.AsSpan().SequenceEqual(File.ReadAllBytes(_path)), "LoRA weights that add nothing changed the file");
        using (no_grad())
        {
            foreach ((_, Tensor tensor) in network.State().Where(entry => entry.Key.EndsWith("lora_B.weight", StringComparison.Ordinal)))
            {
                tensor.fill_(1);
            }
        }

        GgmlWhisper.Write(_path, network, Tokens(), GgmlType.F32);
        byte[] after = File.ReadAllBytes(_path);
        Assert.Equal(before.Length, after.Length);
        Assert.False(before.AsSpan().SequenceEqual(after));
        Assert.Contains(network.State(), entry => AdapterPlan.IsAdapterWeight(entry.Key));
    }

    [Theory]
    [InlineData("vocab_size", 20, "51864")]
    [InlineData("scale_embedding", true, "scale_embedding")]
    [InlineData("activation_function", "relu", "activation_function")]
    [InlineData("encoder_ffn_dim", 32, "encoder_ffn_dim")]
    [InlineData("d_model", 24, "Q8")]
    public void What_whisper_cpp_does_not_have_is_refused_by_name(string key, object value, string named)
    {
        ModelConfig config = Small(16).With(key, value);
        config = key == "d_model" ? config.With("encoder_ffn_dim", 96).With("decoder_ffn_dim", 96) : config;
        using SpeechNetwork network = (SpeechNetwork)ConfigCatalog.Of(config).Build(config, new HeadSpec(HeadKind.Vocabulary));
        NotSupportedException error = Assert.Throws<NotSupportedException>(
            () => GgmlWhisper.Write(_path, network, Tokens(), key == "d_model" ? GgmlType.Q8 : GgmlType.F32));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_path));
    }

    // Tokens of the decoder, one of whose features keeps all special tokens away: so no rule on timestamps plays a part.
    private static SpeechNetwork Decisive()
    {
        ModelConfig config = Small(Width).With("max_source_positions", 1500).With("num_mel_bins", 80).With("encoder_layers", 4)
            .With("decoder_layers", 4).With("max_target_positions", 448);
        SpeechNetwork network = (SpeechNetwork)ConfigCatalog.Of(config).Build(config, new HeadSpec(HeadKind.Vocabulary));
        network.eval();
        ParityFill fill = new("ggml", 4, new Dictionary<string, double> { ["model.decoder.embed_positions.weight"] = 6 });
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Tensor> state = new(network.State());
        foreach ((string name, Tensor tensor) in state.Where(entry => entry.Key != "model.encoder.embed_positions.weight"))
        {
            fill.Values(name, ParityFill.Kind(name, (int)tensor.dim(), isInteger: false), tensor.shape).CopyTo(NativeFloats.Of(tensor));
        }

        Tensor table = state["model.decoder.embed_tokens.weight"];
        table[TensorIndex.Colon, 0] = tensor(0f);
        table[TensorIndex.Slice(Words)] = tensor(0f);
        table[TensorIndex.Slice(Words), 0] = tensor(-5f);
        state["model.decoder.layer_norm.bias"][0] = tensor(20f);
        return network;
    }

    private static ModelConfig Small(int width) => TinySpeech.Whisper.With("vocab_size", 51865).With("pad_token_id", Words)
        .With("d_model", width).With("encoder_ffn_dim", 4 * width).With("decoder_ffn_dim", 4 * width);

    private static byte[][] Tokens() =>
        [.. Enumerable.Range(0, Words).Select(i => Encoding.UTF8.GetBytes(i == Space ? " " : $"<{i}>"))];

    private static int[] Own(SpeechNetwork network, string wav = Wav)
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using AudioInput input = new(Recordings.LogMel(wav, 480_000, 80).unsqueeze(0));
        IDecodingNetwork writer = (IDecodingNetwork)network;
        using DecoderCache cache = writer.Begin(input);
        List<int> found = [];
        Tensor ids = tensor(Prompt).unsqueeze(0);
        while (found.Count < Written)
        {
            Tensor logits = writer.NextLogits(ids, cache);
            logits[0, Space] = tensor(float.NegativeInfinity);
            found.Add((int)logits.argmax(-1).item<long>());
            ids = tensor(new[] { (long)found[^1] }).unsqueeze(0);
        }

        return [.. found];
    }

    private async Task<int[]> Read()
    {
        using WhisperFactory factory = WhisperFactory.FromPath(_path, new WhisperFactoryOptions { UseGpu = false });
        using WhisperProcessor processor = factory.CreateBuilder()
            .WithLanguage("en").WithThreads(1).WithTemperature(0).WithTemperatureInc(0).WithSingleSegment().WithNoContext()
            .WithMaxTokensPerSegment(Written - 1).WithEntropyThreshold(-1000).WithLogProbThreshold(-1000).WithNoSpeechThreshold(2).Build();
        List<int> found = [];
        await foreach (SegmentData segment in processor.ProcessAsync(
            new ReadOnlyMemory<float>(Golden.Wave(Wav).Samples.ToArray()), TestContext.Current.CancellationToken))
        {
            found.AddRange(segment.Tokens.Select(token => token.Id));
        }

        return [.. found];
    }
}
