namespace TransferLearning;

/// <summary>Whisper, which writes down or translates speech in many languages, as Hugging Face has it.</summary>
public sealed class Whisper : ConfigFamily
{
    private const int MultilingualVocabulary = 51865;
    private const int LargestSize = 1 << 20;
    private static readonly string[] Writers = ["WhisperForConditionalGeneration"];

    /// <inheritdoc/>
    public override string Name => "Whisper";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes { get; } = ["whisper"];

    /// <inheritdoc/>
    public override string Paper => "Radford et al.: Robust Speech Recognition via Large-Scale Weak Supervision, 2022";

    /// <inheritdoc/>
    public override IReadOnlyList<HeadKind> Heads => WhisperNetwork.Kinds;

    /// <inheritdoc/>
    public override string ClassPrefix => "Whisper";

    /// <inheritdoc/>
    protected override string VocabularySuffix => "ForConditionalGeneration";

    /// <inheritdoc/>
    protected override string PooledSuffix => "ForAudioClassification";

    /// <summary>The configuration of a file that OpenAI publishes (<c>tiny.pt</c>, …): it holds the sizes of its network.</summary>
    /// <param name="path">The file. It is read as data; nothing in it can run.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="CheckpointException">The file is damaged.</exception>
    /// <exception cref="InvalidDataException">It holds no sizes of a Whisper.</exception>
    public static ModelConfig ConfigOf(string path)
    {
        using StateDict file = StateDict.Open(path);
        CheckpointValue sizes = file.Root["dims"] ?? throw new InvalidDataException(
            $"'{path}' has no 'dims', expected a checkpoint of openai/whisper with 'dims' and 'model_state_dict'. Weights in Hugging "
                + "Face's form are opened by their folder.");
        int vocabulary = Size("n_vocab");

        // Networks for English alone have 51,864 tokens and begin their special ones one earlier.
        int end = vocabulary >= MultilingualVocabulary ? 50257 : 50256;
        if (Size("n_text_state") != Size("n_audio_state"))
        {
            throw new InvalidDataException(
                $"'{path}': the decoder is {Size("n_text_state")} wide and the encoder {Size("n_audio_state")}; expected one width.");
        }

        return ModelConfig.FromPairs(
            new("model_type", "whisper"),
            new("architectures", Writers),
            new("d_model", Size("n_audio_state")),
            new("num_mel_bins", Size("n_mels")),
            new("max_source_positions", Size("n_audio_ctx")),
            new("encoder_layers", Size("n_audio_layer")),
            new("encoder_attention_heads", Size("n_audio_head")),
            new("encoder_ffn_dim", 4 * Size("n_audio_state")),
            new("vocab_size", vocabulary),
            new("max_target_positions", Size("n_text_ctx")),
            new("decoder_layers", Size("n_text_layer")),
            new("decoder_attention_heads", Size("n_text_head")),
            new("decoder_ffn_dim", 4 * Size("n_text_state")),
            new("pad_token_id", Math.Min(end, vocabulary - 1)),
            new("bos_token_id", Math.Min(end, vocabulary - 1)),
            new("eos_token_id", Math.Min(end, vocabulary - 1)),
            new("decoder_start_token_id", Math.Min(end + 1, vocabulary - 1)));

        int Size(string key) => sizes[key]?.AsInteger() is { } size && size > 0 && size <= LargestSize
            ? (int)size
            : throw new InvalidDataException(
                $"'{path}': '{key}' in 'dims' should be a whole number from 1 to {LargestSize}, and is "
                    + $"{sizes[key]?.ToString() ?? "missing"}.");
    }

    /// <inheritdoc/>
    protected override ConfigNetwork BuildNetwork(ModelConfig config, HeadSpec head) => new WhisperNetwork(config, head);
}
