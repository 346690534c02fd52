namespace TransferLearning;

public static partial class Pretrained
{
    /// <summary>Loads a text network of any known type from a folder as Hugging Face's tools write it: <c>config.json</c>, the weights
    /// (<c>model.safetensors</c> or <c>pytorch_model.bin</c>, also in several files with an index) and the tokenizer's files.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="task">What the model is for. Null means what it was saved for, but for masked language models: of those the backbone is
    /// loaded, which <c>ReplaceHead</c> needs; <c>For(new MaskedLanguageModeling())</c> reads the head.</param>
    /// <param name="seed">What fixes the weights of a head that the file lacks; the report lists them as missing.</param>
    /// <param name="mapFile">Whether the network looks into the weights' file instead of copying it:
    /// <see cref="CheckpointOptions.MapFile"/>.</param>
    /// <returns>The model, on the CPU, with everything trainable. The caller disposes it.</returns>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FileNotFoundException">A file is missing; the message says what was looked for.</exception>
    /// <exception cref="InvalidDataException">The <c>model_type</c> is unknown, or configuration, weights and tokenizer do not belong
    /// together.</exception>
    /// <exception cref="TokenizerException">A file of the tokenizer is missing or damaged.</exception>
    /// <exception cref="CheckpointException">The weights are damaged.</exception>
    /// <exception cref="WeightLoadException">The weights do not fill the backbone.</exception>
    public static TextModel Text(string folder, LearningTask? task = null, long seed = 0, bool mapFile = false)
        => TextModel.Open(folder, null, task, seed, mapFile);

    /// <summary>The same as <see cref="Text"/>, for a BERT.</summary>
    /// <inheritdoc cref="Text"/>
    public static TextModel Bert(string folder, LearningTask? task = null, long seed = 0, bool mapFile = false)
        => TextModel.Open(folder, "bert", task, seed, mapFile);

    /// <summary>The same as <see cref="Text"/>, for a RoBERTa.</summary>
    /// <inheritdoc cref="Text"/>
    public static TextModel Roberta(string folder, LearningTask? task = null, long seed = 0, bool mapFile = false)
        => TextModel.Open(folder, "roberta", task, seed, mapFile);

    /// <summary>The same as <see cref="Text"/>, for a DistilBERT.</summary>
    /// <inheritdoc cref="Text"/>
    public static TextModel DistilBert(string folder, LearningTask? task = null, long seed = 0, bool mapFile = false)
        => TextModel.Open(folder, "distilbert", task, seed, mapFile);

    /// <summary>The same as <see cref="Text"/>, for a GPT-2 of any size.</summary>
    /// <inheritdoc cref="Text"/>
    public static TextModel Gpt2(string folder, LearningTask? task = null, long seed = 0, bool mapFile = false)
        => TextModel.Open(folder, "gpt2", task, seed, mapFile, HeadKind.Vocabulary);

    /// <summary>The same as <see cref="Text"/>, for a T5, T5 v1.1 or Flan-T5.</summary>
    /// <inheritdoc cref="Text"/>
    public static TextModel T5(string folder, LearningTask? task = null, long seed = 0, bool mapFile = false)
        => TextModel.Open(folder, "t5", task, seed, mapFile, HeadKind.Vocabulary);

    /// <summary>The same as <see cref="Text"/>, for a MarianMT.</summary>
    /// <inheritdoc cref="Text"/>
    public static TextModel Marian(string folder, LearningTask? task = null, long seed = 0, bool mapFile = false)
        => TextModel.Open(folder, "marian", task, seed, mapFile, HeadKind.Vocabulary);

    /// <summary>The same as <see cref="Text"/>, for a BART.</summary>
    /// <inheritdoc cref="Text"/>
    public static TextModel Bart(string folder, LearningTask? task = null, long seed = 0, bool mapFile = false)
        => TextModel.Open(folder, "bart", task, seed, mapFile, HeadKind.Vocabulary);
}
