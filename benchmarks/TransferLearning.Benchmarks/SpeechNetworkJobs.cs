using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Benchmarks;

/// <summary>Jobs with speech networks of published sizes and random weights.</summary>
internal static class SpeechNetworkJobs
{
    private const int Batch = 4;
    private const int Samples = 32_000;
    private const int Tokens = 64;

    private static readonly ModelConfig Wav2Vec2Base = ModelConfig.FromPairs(
        new("model_type", "wav2vec2"), new("vocab_size", 32), new("layerdrop", 0), new("apply_spec_augment", false),
        new("final_dropout", 0));

    private static readonly ModelConfig WhisperTiny = ModelConfig.FromPairs(
        new("model_type", "whisper"), new("d_model", 384), new("encoder_layers", 4), new("decoder_layers", 4),
        new("encoder_attention_heads", 6), new("decoder_attention_heads", 6), new("encoder_ffn_dim", 1536), new("decoder_ffn_dim", 1536),
        new("vocab_size", 51865));

    public static string Run(string name, string[] arguments)
    {
        LibTorch.Load();
        int steps = int.Parse(arguments[0], CultureInfo.InvariantCulture);
        return name switch
        {
            "speech-wav2vec2-train" => Train(steps),
            "speech-wav2vec2-infer" => Infer(steps),
            "speech-whisper-encode" => Encode(steps),
            "speech-whisper-write" => Write(steps),
            _ => throw new ArgumentException($"There is no job '{name}'."),
        };
    }

    /// <summary>A step: forward, CTC loss, backward, AdamW.</summary>
    private static string Train(int steps)
    {
        using SpeechNetwork network = Built(Wav2Vec2Base);
        network.train();
        (string, Tensor)[] all =
        [
            .. network.named_parameters().Where(entry => !entry.name.EndsWith("masked_spec_embed", StringComparison.Ordinal))
                .Select(entry => (entry.name, (Tensor)entry.parameter)),
        ];
        using OptimizerState optimizer = new AdamW(1e-5).CreateState([new ParameterGroup("all", all)]);
        using AudioInput sounds = Sounds();
        using Tensor targets = arange(Batch * 10, int64).remainder(31).add(1).view(Batch, 10);
        using Tensor targetLengths = full(Batch, 10, int64);
        return Seconds(steps, () =>
        {
            optimizer.ZeroGrad();
            Tensor logits = network.call(sounds).log_softmax(-1).transpose(0, 1);
            nn.functional.ctc_loss(logits, targets, full(Batch, logits.size(0), int64), targetLengths).backward();
            optimizer.Step();
        });
    }

    private static string Infer(int steps)
    {
        using SpeechNetwork network = Built(Wav2Vec2Base);
        using IDisposable guard = inference_mode();
        using AudioInput sounds = Sounds();
        return Seconds(steps, () => network.call(sounds));
    }

    private static string Encode(int steps)
    {
        using SpeechNetwork network = Built(WhisperTiny);
        using IDisposable guard = inference_mode();
        using AudioInput frames = new(randn(1, 80, 3000));
        return Seconds(steps, () => network.ForwardHidden(frames));
    }

    /// <summary>Tokens after the encoder has read, one at a time with the cache.</summary>
    private static string Write(int steps)
    {
        using SpeechNetwork network = Built(WhisperTiny);
        using IDisposable guard = inference_mode();
        using AudioInput frames = new(randn(1, 80, 3000));
        IDecodingNetwork writer = (IDecodingNetwork)network;
        using DecoderCache cache = writer.Begin(frames);
        return Seconds(steps, () =>
        {
            cache.Forget();
            Tensor ids = tensor(new long[] { 50258, 50259, 50359, 50363 }).unsqueeze(0);
            for (int i = 0; i < Tokens; i++)
            {
                using DisposeScope scope = NewDisposeScope();
                ids = writer.NextLogits(ids, cache).argmax(-1, keepdim: true).MoveToOuterDisposeScope();
            }
        });
    }

    private static SpeechNetwork Built(ModelConfig config)
    {
        SpeechNetwork network = (SpeechNetwork)ConfigCatalog.Of(config).Build(config, new HeadSpec(HeadKind.Vocabulary));
        network.Initialize(1);
        network.eval();
        return network;
    }

    private static AudioInput Sounds() => new(randn(Batch, Samples));

    private static string Seconds(int steps, Action step)
    {
        List<double> seconds = [];
        for (int i = 0; i < steps + 1; i++)
        {
            using DisposeScope scope = NewDisposeScope();
            Stopwatch clock = Stopwatch.StartNew();
            step();
            seconds.Add(clock.Elapsed.TotalSeconds);
        }

        double[] counted = [.. seconds.Skip(1).Order()];
        return JsonSerializer.Serialize(new { seconds = counted[counted.Length / 2] });
    }
}
