namespace TransferLearning;

/// <summary>A model whose network a <c>config.json</c> describes and that is saved as a folder of Hugging Face's form, whatever its
/// modality: <see cref="TextModel"/>, <see cref="SpeechModel"/>.</summary>
public abstract class ConfigModel : TransferModel
{
    private readonly ConfigFamily _family;
    private readonly string? _weightsFolder;

    private protected ConfigModel(ConfigFamily family, ConfigNetwork network, LearningTask task, string? weightsFolder)
        : base(network, task) => (_family, Module, _weightsFolder) = (family, network, weightsFolder);

    /// <inheritdoc/>
    public override string Architecture => _family.Name;

    /// <inheritdoc/>
    public override ConfigNetwork Module { get; }

    // Labels belong to the head, which is not part of it.
    private protected override string Identity
        => $"{Module.GetName()};"
            + Module.Config
                .Without("id2label")
                .Without("label2id")
                .Without("num_labels")
                .Without("architectures")
                .Without("problem_type")
                .ToJson();

    internal override Preprocessor ForTraining(IReadOnlyList<ImageTransform> augmentation)
        => augmentation.Count == 0
            ? Preprocessor
            : throw new ArgumentException(
                $"{nameof(FineTuneOptions.Augmentation)} is for images, and {Architecture} takes none: leave it out.");

    private protected override IReadOnlyList<string> TrainedHead => Module.HeadNames;

    internal override bool DecaysWeightsOnly => true;

    /// <summary>Loads a model that <see cref="Save"/> wrote, or a folder of Hugging Face's, of any modality.</summary>
    /// <param name="folder">The folder. Its files are read as data; nothing in them can run.</param>
    /// <param name="mapFile">Whether the network looks into the weights' file instead of copying it:
    /// <see cref="CheckpointOptions.MapFile"/>.</param>
    /// <returns>The model, on the CPU; the caller disposes it.</returns>
    /// <inheritdoc cref="TextModel.Load(string, bool)" path="/exception|/remarks"/>
    public static new ConfigModel Load(string folder, bool mapFile = false)
        => SpeechFolder.IsOne(folder) ? SpeechModel.Load(folder, mapFile) : TextModel.Load(folder, mapFile);

    /// <summary>Writes the whole model into a folder: configuration, weights, adapters, the files of tokenizer and preprocessor, class
    /// names, what is frozen. Python reads it too, but for adapters and heads that were put together. Each file appears only when it is
    /// complete, and files of another model are removed.</summary>
    /// <param name="path">The folder; made if it does not exist.</param>
    /// <exception cref="FileNotFoundException">The tokenizer's files that the model was loaded with are gone.</exception>
    /// <exception cref="IOException">A file could not be written; an older one of that name is untouched.</exception>
    /// <exception cref="InvalidOperationException">A weight is NaN or infinite; the message names it.</exception>
    public override void Save(string path)
    {
        using IDisposable use = Use();
        ModelFolder.Write(path, Config(), Module.State(), WriteBeside, With(Describe()));
    }

    /// <summary>Writes a folder as Hugging Face's tools do, so that <c>from_pretrained</c> in Python reads it: the adapter in use folded
    /// in, nothing of this library's own. The model does not change.</summary>
    /// <param name="folder">The folder; made if it does not exist.</param>
    /// <param name="halfPrecision">Whether weights are written in float16, in half the space; they are read back as float32. Default:
    /// false.</param>
    /// <exception cref="FileNotFoundException">The tokenizer's files that the model was loaded with are gone.</exception>
    /// <exception cref="IOException">A file could not be written; an older one of that name is untouched.</exception>
    /// <exception cref="InvalidOperationException">A weight is NaN or infinite, or the model has layers in its head, an adapter that no
    /// layer can take up or a calibration that Hugging Face's form does not know.</exception>
    public void SavePretrained(string folder, bool halfPrecision = false)
    {
        using IDisposable use = Use();
        ModelDescription.RequireFinite(Module);
        if (Adaptation.Head is not null)
        {
            throw new InvalidOperationException(
                $"The head was put together or extended, which Hugging Face's form of {Architecture} does not know; write the model with "
                    + "Save.");
        }

        if (LearningTask is Classification { Scaling: { } scaling })
        {
            throw new InvalidOperationException(
                $"The scores are calibrated ({scaling}), which Hugging Face's form does not know: write the model with Save, or take the "
                    + "calibration off with WithScaling(null).");
        }

        ModelFolder.WriteMerged(
            folder, Config().With("torch_dtype", halfPrecision ? "float16" : "float32"), Module, WriteBeside, halfPrecision);
    }

    private protected override FineTuneOptions DefaultOptions(int samples) => FineTuneOptions.ForSequences(samples);

    /// <summary>Runs what may fail with a network that nobody owns yet.</summary>
    private protected static T Owning<T>(ConfigNetwork network, Func<T> make)
    {
        try
        {
            return make();
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>Writes the files of tokenizer and preprocessor into a folder, and returns their names.</summary>
    private protected abstract IReadOnlyList<string> WriteBeside(string folder);

    /// <summary>The description with what the modality adds to it.</summary>
    private protected abstract ModelDescription With(ModelDescription description);

    /// <summary>Freezes what turns the input into the first vectors.</summary>
    private protected void FreezeFirstStage()
    {
        using IDisposable use = Use();
        foreach ((_, Parameter parameter) in Module.named_parameters().Where(entry => Module.Stages[0].Holds(entry.name)))
        {
            parameter.requires_grad = false;
        }
    }

    /// <summary>Takes over what a folder said besides weights.</summary>
    private protected void Take(WeightLoadReport report, ModelDescription? saved, bool isTaskGiven)
    {
        LoadReport = report;
        HasUntrainedHead = !isTaskGiven && report.Missing.Any(Module.IsInHead);
        Adaptation.NoteNew(report.Missing);
        if (saved is not null)
        {
            Restore(saved);
        }
    }

    private protected override IReadOnlyCollection<string> FillNew(HashSet<string> names, bool isFresh, long seed)
    {
        HashSet<string> wanted = [.. names.Where(name => !isFresh || !Module.IsInHead(name))];
        if (wanted.Count == 0 || _weightsFolder is null || !Directory.Exists(_weightsFolder))
        {
            return names;
        }

        using HuggingFaceFolder checkpoint = HuggingFaceFolder.Open(_weightsFolder);
        return [.. names.Except(checkpoint.Fill(Module, seed, wanted.Contains).Applied)];
    }

    private ModelConfig Config() => FolderTasks.ConfigOf(_family, Module, LearningTask);
}
