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

    /// <summary>
    /// Writes a model for texts as one file for llama.cpp, which LLamaSharp, Ollama and many other programs run: network, tokenizer and how
    /// vectors are pooled. The adapter in use is merged into it.
    /// </summary>
    /// <remarks>
    /// <para>GPT-2 writes text. BERT, RoBERTa and DistilBERT give vectors (embeddings), and a head over the vocabulary and a pooler are
    /// left out. BERT and RoBERTa with classes, labels or a number give the head's outputs, one vector of logits for each text, with the
    /// names of the classes in the file (llama.cpp's pooling <c>rank</c>). The output layer of GPT-2 is in the file where it is not the
    /// table of tokens.</para>
    /// <para>Vectors, norms, positions and token types are float32 in each file; with <see cref="GgmlType.Q8"/>, matrices whose rows are no
    /// multiple of 32 are float16. WordPiece and GPT-2's byte pairs are written with special tokens, merges, lower-casing and what stands
    /// around a text, so that llama.cpp's tokens are the model's.</para>
    /// <para>Tensors are written one after the other; the file appears under its name only when it is complete.</para>
    /// </remarks>
    /// <param name="model">The model; it stays as it is.</param>
    /// <param name="path">The file; it holds the old content or the whole new one, whatever fails.</param>
    /// <param name="type">How weight matrices are stored. Default: float16.</param>
    /// <param name="pooling">How vectors of tokens become one where a program asks for embeddings. Default: the mean for encoders, none for
    /// GPT-2; a model with classes has no choice.</param>
    /// <returns>What was written, what was left out and what llama.cpp computes otherwise.</returns>
    /// <exception cref="NotSupportedException">llama.cpp has no graph for the network, its task or its tokenizer; the message names those
    /// that it has.</exception>
    /// <exception cref="InvalidOperationException">A weight is NaN, infinite or beyond float16, or the adapter in use cannot be
    /// merged.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <example>
    /// <code>
    /// model.WithLora(8).FineTune(texts, new AdamW(1e-4));
    /// model.ExportGguf("my-gpt2.gguf", GgmlType.Q8);
    /// </code>
    /// </example>
    public static GgufExportReport ExportGguf(
        this TextModel model, string path, GgmlType type = GgmlType.F16, TextPooling? pooling = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(path);
        using IDisposable use = model.Use();
        return GgufModel.Write(path, model.Module, model.LearningTask, model.Tokenizer, type, pooling);
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
