namespace TransferLearning.Tests;

/// <summary>Small decoders with random weights, for tests of behaviour.</summary>
internal static class TinyDecoders
{
    public static ModelConfig Gpt2Config(int vocabulary = 61, int positions = 64, int width = 32) => ModelConfig.FromPairs(
        new("model_type", "gpt2"), new("vocab_size", vocabulary), new("n_positions", positions), new("n_embd", width), new("n_layer", 2),
        new("n_head", 4),
        new("eos_token_id", vocabulary - 1), new("bos_token_id", vocabulary - 1), new("initializer_range", 0.3));

    public static ModelConfig MarianConfig(int vocabulary = 61, string type = "marian", int width = 32) => ModelConfig.FromPairs(
        new("model_type", type), new("vocab_size", vocabulary), new("d_model", width), new("encoder_layers", 2), new("decoder_layers", 2),
        new("encoder_ffn_dim", 2 * width), new("decoder_ffn_dim", 2 * width), new("encoder_attention_heads", 4),
        new("decoder_attention_heads", 4),
        new("max_position_embeddings", 64), new("activation_function", type == "marian" ? "swish" : "gelu"), new("scale_embedding", true),
        new("pad_token_id", vocabulary - 1), new("eos_token_id", 0), new("decoder_start_token_id", vocabulary - 1), new("init_std", 0.2),
        new("initializer_range", 0.2));

    public static ModelConfig T5Config(int vocabulary = 61, int width = 32) => ModelConfig.FromPairs(
        new("model_type", "t5"), new("vocab_size", vocabulary), new("d_model", width), new("d_kv", 8), new("d_ff", 2 * width),
        new("num_layers", 2),
        new("num_heads", 4),
        new("feed_forward_proj", "gated-gelu"), new("tie_word_embeddings", false), new("pad_token_id", 0), new("eos_token_id", 1),
        new("decoder_start_token_id", 0));

    public static TextNetwork Build(ModelConfig config, HeadSpec head, long seed = 1)
    {
        TextNetwork network = (TextNetwork)ConfigCatalog.Of(config).Build(config, head);
        network.Initialize(seed);
        network.eval();
        return network;
    }
}
