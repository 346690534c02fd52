namespace TransferLearning;

/// <summary>
/// Writes a Whisper as a file of whisper.cpp: its sizes, the mel bands, the bytes of each token, and the tensors under OpenAI's names.
/// All numbers are little-endian.
/// </summary>
internal static class GgmlWhisper
{
    private const int Magic = 0x67676d6c;
    private const int SmallestVocabulary = 51864;
    private const int Bins = 201; // of a spectrum over 400 samples

    /// <summary>Hugging Face's parts of names and OpenAI's, in the order in which they are replaced.</summary>
    private static readonly (string From, string To)[] Names =
    [
        ("encoder.embed_positions.weight", "encoder.positional_embedding"),
        ("decoder.embed_positions.weight", "decoder.positional_embedding"),
        ("decoder.embed_tokens.", "decoder.token_embedding."), ("encoder.layer_norm.", "encoder.ln_post."),
        ("decoder.layer_norm.", "decoder.ln."), (".layers.", ".blocks."), (".encoder_attn_layer_norm.", ".cross_attn_ln."),
        (".self_attn_layer_norm.", ".attn_ln."), (".final_layer_norm.", ".mlp_ln."), (".encoder_attn.", ".cross_attn."),
        (".self_attn.", ".attn."), (".q_proj.", ".query."), (".k_proj.", ".key."), (".v_proj.", ".value."), (".out_proj.", ".out."),
        (".fc1.", ".mlp.0."), (".fc2.", ".mlp.2."),
    ];

    /// <summary>The tensors that whisper.cpp wants in float32 whatever the type: vectors with two axes, and positions.</summary>
    private static readonly string[] AlwaysWide =
        ["encoder.conv1.bias", "encoder.conv2.bias", "encoder.positional_embedding", "decoder.positional_embedding"];

    /// <summary>Writes the file, whole or not at all. LoRA weights are merged; the network stays as it is.</summary>
    /// <param name="path">The file.</param>
    /// <param name="network">The network.</param>
    /// <param name="tokens">The bytes of the tokens before the first special one, in order.</param>
    /// <param name="type">How matrices are stored.</param>
    /// <exception cref="NotSupportedException">whisper.cpp has no such network; the message says what it lacks.</exception>
    public static void Write(string path, SpeechNetwork network, IReadOnlyList<byte[]> tokens, GgmlType type)
    {
        ModelConfig config = network.Config;
        Require(network, type);
        AtomicFile.Write(path, stream =>
        {
            using DisposeScope scope = NewDisposeScope();
            using IDisposable guard = no_grad();
            using BinaryWriter writer = new(stream, Encoding.UTF8, leaveOpen: true);
            int bands = network.Bands!.Value;
            int[] sizes =
            [
                Magic, config.Whole("vocab_size", 51865), network.FrameCount!.Value / 2, network.FeatureCount,
                config.Whole("encoder_attention_heads"), config.Whole("encoder_layers", 4), config.Whole("max_target_positions", 448),
                network.FeatureCount, config.Whole("decoder_attention_heads"), config.Whole("decoder_layers", 4), bands, FileType(type),
            ];
            Array.ForEach(sizes, writer.Write);
            WriteBands(writer, bands, network.SampleRate);
            writer.Write(tokens.Count);
            foreach (byte[] token in tokens)
            {
                writer.Write(token.Length);
                writer.Write(token);
            }

            foreach ((string name, Tensor tensor) in AdapterPlan.Merged(network))
            {
                WriteTensor(writer, OpenAIName(name), tensor, type);
            }
        });
    }

    private static void Require(SpeechNetwork network, GgmlType type)
    {
        ModelConfig config = network.Config;
        int inner = 4 * network.FeatureCount;
        string? lack = network is not WhisperNetwork ? "only Whisper can be written"
            : network.HeadKind != HeadKind.Vocabulary ? "only a Whisper that writes text can be, and this one has another head"
            : config.Whole("vocab_size", SmallestVocabulary) < SmallestVocabulary
                ? $"whisper.cpp knows vocabularies of {SmallestVocabulary} tokens or more, and this one (vocab_size) has "
                    + $"{config.Whole("vocab_size")}"
            : !config.Flag("tie_word_embeddings", true) ? "whisper.cpp shares the table of tokens with the output (tie_word_embeddings)"
            : config.Flag("scale_embedding") ? "whisper.cpp does not scale embeddings (scale_embedding)"
            : config.Text("activation_function", "gelu") != "gelu" ? "whisper.cpp computes GELU (activation_function)"
            : config.Whole("encoder_ffn_dim", inner) != inner || config.Whole("decoder_ffn_dim", inner) != inner
                ? $"whisper.cpp has feed-forward layers of 4 times the width, {inner} (encoder_ffn_dim, decoder_ffn_dim)"
            : type == GgmlType.Q8 && network.FeatureCount % GgmlData.Block != 0
                ? $"{nameof(GgmlType.Q8)} stores blocks of {GgmlData.Block}, which the width of {network.FeatureCount} is no multiple of: "
                    + $"choose {nameof(GgmlType.F16)}"
            : null;
        if (lack is not null)
        {
            throw new NotSupportedException($"{network.GetName()} cannot be written for whisper.cpp: {lack}.");
        }
    }

    // ggml's numbers of types; the thousands of a file with blocks are the version of their form.
    private static int FileType(GgmlType type) => type switch { GgmlType.F32 => 0, GgmlType.F16 => 1, _ => 2007 };

    private static void WriteBands(BinaryWriter writer, int bands, int rate)
    {
        BandMatrix matrix = BandMatrix.Of(
            Bins, new FrequencyBands { Count = bands, SampleRate = rate, Scale = FrequencyScale.Slaney, HasUnitArea = true });
        writer.Write(bands);
        writer.Write(Bins);
        for (int band = 0; band < bands; band++)
        {
            for (int bin = 0; bin < Bins; bin++)
            {
                writer.Write(matrix.At(bin, band));
            }
        }
    }

    private static string OpenAIName(string name)
    {
        string own = name["model.".Length..];
        foreach ((string from, string to) in Names)
        {
            own = own.Replace(from, to, StringComparison.Ordinal);
        }

        return own;
    }

    private static void WriteTensor(BinaryWriter writer, string name, Tensor tensor, GgmlType type)
    {
        bool isWide = tensor.dim() < 2 || AlwaysWide.Contains(name);
        GgmlType own = isWide ? GgmlType.F32
            : type == GgmlType.Q8 && tensor.dim() > 2 ? GgmlType.F16
            : type;

        // A bias of a convolution is added to a map, so it has an axis for time.
        long[] shape = tensor.dim() == 1 && AlwaysWide.Contains(name) ? [tensor.size(0), 1] : tensor.shape;
        byte[] letters = Encoding.UTF8.GetBytes(name);
        writer.Write(shape.Length);
        writer.Write(letters.Length);
        writer.Write(GgmlData.CodeOf(own));
        foreach (long size in shape.Reverse())
        {
            writer.Write(checked((int)size));
        }

        writer.Write(letters);
        GgmlData.Write(writer, name, tensor, own);
    }
}
