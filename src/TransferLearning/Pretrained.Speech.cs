namespace TransferLearning;

public static partial class Pretrained
{
    /// <summary>Loads a speech network of any known type from a folder as Hugging Face's tools write it: <c>config.json</c>, the weights
    /// (<c>model.safetensors</c> or <c>pytorch_model.bin</c>, also in several files with an index), <c>preprocessor_config.json</c> and,
    /// where it writes, the files of its vocabulary.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="task">What the model is for. Null means what it was saved for.</param>
    /// <param name="seed">What fixes the weights of a head that the file lacks; the report lists them as missing.</param>
    /// <param name="mapFile">Whether the network looks into the weights' file instead of copying it:
    /// <see cref="CheckpointOptions.MapFile"/>.</param>
    /// <returns>The model, on the CPU, with everything trainable. The caller disposes it.</returns>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FileNotFoundException">A file is missing; the message says what was looked for.</exception>
    /// <exception cref="InvalidDataException">The <c>model_type</c> is unknown, or configuration, weights and vocabulary do not belong
    /// together.</exception>
    /// <exception cref="TokenizerException">A file of the vocabulary is missing or damaged.</exception>
    /// <exception cref="CheckpointException">The weights are damaged.</exception>
    /// <exception cref="WeightLoadException">The weights do not fill the backbone.</exception>
    public static SpeechModel Speech(string folder, LearningTask? task = null, long seed = 0, bool mapFile = false)
        => SpeechModel.Open(folder, null, task, seed, mapFile);

    /// <summary>The same as <see cref="Speech"/>, for a wav2vec 2.0.</summary>
    /// <inheritdoc cref="Speech"/>
    public static SpeechModel Wav2Vec2(string folder, LearningTask? task = null, long seed = 0, bool mapFile = false)
        => SpeechModel.Open(folder, "wav2vec2", task, seed, mapFile);

    /// <summary>The same as <see cref="Speech"/>, for a HuBERT.</summary>
    /// <inheritdoc cref="Speech"/>
    public static SpeechModel Hubert(string folder, LearningTask? task = null, long seed = 0, bool mapFile = false)
        => SpeechModel.Open(folder, "hubert", task, seed, mapFile);

    /// <summary>The same as <see cref="Speech"/>, for a Whisper, which writes down or translates what is said.</summary>
    /// <inheritdoc cref="Speech"/>
    public static SpeechModel Whisper(string folder, LearningTask? task = null, long seed = 0, bool mapFile = false)
        => SpeechModel.Open(folder, "whisper", task, seed, mapFile, HeadKind.Vocabulary);

    /// <summary>The same as <see cref="Speech"/>, for an Audio Spectrogram Transformer, which knows classes of sounds.</summary>
    /// <inheritdoc cref="Speech"/>
    public static SpeechModel SpectrogramTransformer(string folder, LearningTask? task = null, long seed = 0, bool mapFile = false)
        => SpeechModel.Open(folder, "audio-spectrogram-transformer", task, seed, mapFile);
}
