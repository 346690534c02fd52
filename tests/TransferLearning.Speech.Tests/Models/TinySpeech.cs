namespace TransferLearning.Tests;

/// <summary>Configurations of speech networks small enough for tests of milliseconds, and inputs for them.</summary>
internal static class TinySpeech
{
    private static readonly (string Key, object? Value)[] Samples =
    [
        ("conv_dim", new[] { 8, 8 }), ("conv_kernel", new[] { 10, 3 }), ("conv_stride", new[] { 5, 2 }), ("hidden_size", 16),
        ("num_hidden_layers", 2), ("num_attention_heads", 2), ("intermediate_size", 32), ("num_conv_pos_embeddings", 4),
        ("num_conv_pos_embedding_groups", 2), ("vocab_size", 7), ("classifier_proj_size", 6), ("num_labels", 3), ("hidden_dropout", 0),
        ("attention_dropout", 0), ("activation_dropout", 0), ("final_dropout", 0), ("layerdrop", 0), ("mask_time_length", 2),
    ];

    public static ModelConfig Wav2Vec2 { get; } = Of("wav2vec2", Samples);

    public static ModelConfig LargeWav2Vec2 { get; } =
        Of("wav2vec2", [.. Samples, ("feat_extract_norm", "layer"), ("conv_bias", true), ("do_stable_layer_norm", true)]);

    public static ModelConfig Hubert { get; } = Of("hubert", [.. Samples, ("feat_proj_layer_norm", false)]);

    public static ModelConfig Whisper { get; } = Of(
        "whisper",
        [
            ("num_mel_bins", 6), ("max_source_positions", 10), ("max_target_positions", 12), ("d_model", 16), ("encoder_layers", 2),
            ("decoder_layers", 2), ("encoder_attention_heads", 2), ("decoder_attention_heads", 2), ("encoder_ffn_dim", 32),
            ("decoder_ffn_dim", 32), ("vocab_size", 20), ("pad_token_id", 19), ("classifier_proj_size", 6), ("num_labels", 3),
        ]);

    public static ModelConfig Spectrogram { get; } = Of(
        "audio-spectrogram-transformer",
        [
            ("hidden_size", 16), ("num_hidden_layers", 2), ("num_attention_heads", 2), ("intermediate_size", 32), ("num_mel_bins", 12),
            ("max_length", 20), ("patch_size", 4), ("frequency_stride", 3), ("time_stride", 2), ("num_labels", 3),
        ]);

    public static IReadOnlyList<(string Name, ModelConfig Config)> All { get; } =
    [
        ("wav2vec2", Wav2Vec2), ("wav2vec2 large", LargeWav2Vec2),
        ("wav2vec2 with weighted layers", LargeWav2Vec2.With("use_weighted_layer_sum", true)), ("hubert", Hubert), ("whisper", Whisper),
        ("whisper with weighted layers", Whisper.With("use_weighted_layer_sum", true)), ("spectrogram", Spectrogram),
    ];

    public static SpeechNetwork Build(ModelConfig config, HeadKind head, int outputs = 0)
    {
        SpeechNetwork network = (SpeechNetwork)ConfigCatalog.Of(config).Build(
            config, new HeadSpec(head, outputs > 0 || head == HeadKind.Vocabulary ? outputs : config.LabelCount));
        network.Initialize(1);
        network.eval();
        return network;
    }

    /// <summary>Noise in the form that a network reads.</summary>
    public static AudioInput Input(SpeechNetwork network, int count = 2, int samples = 120, long[]? lengths = null)
    {
        using TorchSharp.torch.Generator generator = new(3);
        return new AudioInput(
            network.ReadsFrames
                ? TorchSharp.torch.randn([count, network.Bands!.Value, network.FrameCount ?? samples], generator: generator)
                : TorchSharp.torch.randn([count, samples], generator: generator),
            lengths is null ? null : TorchSharp.torch.tensor(lengths))
        {
            DecoderIds = network is IDecodingNetwork && network.HeadKind == HeadKind.Vocabulary
                ? TorchSharp.torch.ones([count, 4], TorchSharp.torch.ScalarType.Int64).DetachFromDisposeScope()
                : null,
        };
    }

    private static ModelConfig Of(string type, IEnumerable<(string Key, object? Value)> pairs)
        => ModelConfig.FromPairs(pairs.Select(pair => KeyValuePair.Create(pair.Key, pair.Value)).Prepend(new("model_type", type)));
}
