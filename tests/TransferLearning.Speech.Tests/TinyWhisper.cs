using System.Text.Json;

namespace TransferLearning.Tests;

/// <summary>A folder with a Whisper of 0.2 s windows, and a tokenizer of bytes.</summary>
internal static class TinyWhisper
{
    public const int Window = 3200;
    private const int Bytes = 256;

    public static string[] Specials { get; } =
    [
        "<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|de|>", "<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>",
        "<|nospeech|>", "<|notimestamps|>",
    ];

    public static int Start => Bytes + 1;

    public static int FirstTime => Bytes + Specials.Length;

    /// <summary>Writes it.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="width">How many numbers a token has.</param>
    public static void Write(string folder, int width = 16)
    {
        ModelConfig config = TinySpeech.Whisper
            .With("d_model", width).With("encoder_ffn_dim", 2 * width).With("decoder_ffn_dim", 2 * width)
            .With("vocab_size", FirstTime + 11).With("pad_token_id", Bytes).With("eos_token_id", Bytes)
            .With("decoder_start_token_id", Start)
            .With("max_target_positions", 24).With("architectures", new[] { "WhisperForConditionalGeneration" });
        using (SpeechNetwork network = TinySpeech.Build(config, HeadKind.Vocabulary))
        using (StateDict state = StateDict.FromTensors(network.State()))
        {
            state.Save(Path.Combine(folder, "model.safetensors"), CheckpointFormat.SafeTensors);
        }

        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJson());
        Dictionary<string, int> vocabulary = [];
        for (int id = 0; id < Bytes; id++)
        {
            vocabulary.Add($"{ByteLetter(id)}", id);
        }

        File.WriteAllText(Path.Combine(folder, "vocab.json"), JsonSerializer.Serialize(vocabulary));
        File.WriteAllText(Path.Combine(folder, "merges.txt"), "#version: 0.2\n");
        File.WriteAllText(
            Path.Combine(folder, "added_tokens.json"),
            JsonSerializer.Serialize(
                Specials.Select((token, i) => (token, Id: Bytes + i)).ToDictionary(item => item.token, item => item.Id)));
        File.WriteAllText(
            Path.Combine(folder, "tokenizer_config.json"),
            """
            {"tokenizer_class": "WhisperTokenizer", "bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>",
             "pad_token": "<|endoftext|>", "unk_token": "<|endoftext|>"}
            """);
        File.WriteAllText(
            Path.Combine(folder, "generation_config.json"),
            """
            {"begin_suppress_tokens": [32, 256], "suppress_tokens": [1, 2], "forced_decoder_ids": [[1, null], [2, 261]],
             "is_multilingual": true, "max_length": 24}
            """);
    }

    // The letter that stands for a byte in byte-level vocabularies.
    private static char ByteLetter(int value)
    {
        bool IsShown(int other) => other is (>= 33 and <= 126) or (>= 161 and <= 172) or (>= 174 and <= 255);
        return IsShown(value) ? (char)value : (char)(Bytes + Enumerable.Range(0, value).Count(other => !IsShown(other)));
    }
}
