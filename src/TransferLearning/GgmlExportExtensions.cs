namespace TransferLearning;

/// <summary>Writes models for programs that run them without LibTorch.</summary>
public static class GgmlExportExtensions
{
    /// <summary>
    /// Writes a Whisper as one file for whisper.cpp, which Whisper.net and many other programs read. LoRA weights are merged into it.
    /// </summary>
    /// <param name="model">A Whisper that writes text; it stays as it is.</param>
    /// <param name="path">The file; it holds the old content or the whole new one, whatever fails.</param>
    /// <param name="type">How weight matrices are stored. Default: float16, as the published files.</param>
    /// <exception cref="NotSupportedException">whisper.cpp has no such network; the message says what it lacks.</exception>
    /// <exception cref="InvalidOperationException">The model has no tokenizer, whose tokens the file holds.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <example>
    /// <code>
    /// model.WithLora(8).FineTune(recordings, new AdamW(1e-4));
    /// model.ExportGgml("ggml-my-whisper.bin", GgmlType.Q8);
    /// </code>
    /// </example>
    public static void ExportGgml(this SpeechModel model, string path, GgmlType type = GgmlType.F16)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(path);
        TextTokenizer tokenizer = model.Preprocessor.TargetTokenizer
            ?? throw new InvalidOperationException(
                $"{model.Architecture} has no tokenizer, whose tokens the file for whisper.cpp holds: load a Whisper with its tokenizer.");
        GgmlWhisper.Write(path, model.Module, BytesOf(tokenizer), type);
    }

    private static List<byte[]> BytesOf(TextTokenizer tokenizer)
    {
        List<byte[]> tokens = [];
        while (!tokenizer.IsSpecial(tokens.Count) && tokenizer.IdToToken(tokens.Count) is { } token)
        {
            tokens.Add(ByteLetters.BytesOf(token) ?? Encoding.UTF8.GetBytes(token));
        }

        return tokens;
    }
}
