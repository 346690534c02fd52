namespace TransferLearning;

/// <summary>A model for sounds: what <c>Pretrained.Wav2Vec2(folder)</c> and its kin give.</summary>
public sealed class SpeechModel : ConfigModel
{
    private AudioPreprocessor _preprocessor;

    private SpeechModel(
        ConfigFamily family, SpeechNetwork network, LearningTask task, AudioPreprocess preprocess, string? weightsFolder)
        : base(family, network, task, weightsFolder)
    {
        Module = network;
        _preprocessor = new AudioPreprocessor(preprocess) { MinimumLength = network.MinimumLength, OutputsOf = OutputsOf };
    }

    /// <inheritdoc/>
    public override SpeechNetwork Module { get; }

    /// <inheritdoc/>
    public override AudioPreprocessor Preprocessor => _preprocessor;

    /// <summary>How sounds are preprocessed for evaluation and prediction, as data.</summary>
    public AudioPreprocess Preprocess => _preprocessor.Preprocess;

    /// <summary>Makes a model with fresh weights: what a pretrained one is compared with, or the start of pretraining.</summary>
    /// <param name="config">The configuration of the network; <c>model_type</c> says which one.</param>
    /// <param name="task">What it is for; null means two classes.</param>
    /// <param name="preprocess">How sounds are preprocessed; null means as the architecture's authors have it.</param>
    /// <param name="seed">What fixes the weights.</param>
    /// <returns>The model; the caller disposes it.</returns>
    /// <exception cref="InvalidDataException">The configuration is unsound, or none for sounds.</exception>
    public static SpeechModel Create(ModelConfig config, LearningTask? task = null, AudioPreprocess? preprocess = null, long seed = 0)
    {
        ArgumentNullException.ThrowIfNull(config);
        task ??= new Classification(2);
        ConfigFamily family = ConfigCatalog.Of(config);
        SpeechNetwork network = OpenedModel<SpeechNetwork>.Build(family, config, task.Head);
        network.Initialize(seed);
        return Owning(network, () => new SpeechModel(family, network, task, preprocess ?? SpeechFolder.Of(network), null));
    }

    /// <summary>Loads a model that <see cref="ConfigModel.Save"/> wrote, or a folder of Hugging Face's.</summary>
    /// <param name="folder">The folder. Its files are read as data; nothing in them can run.</param>
    /// <param name="mapFile">Whether the network looks into the weights' file instead of copying it:
    /// <see cref="CheckpointOptions.MapFile"/>.</param>
    /// <returns>The model, on the CPU; the caller disposes it.</returns>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FileNotFoundException">A file is missing; the message says what was looked for.</exception>
    /// <exception cref="InvalidDataException">A file is unsound, or the files do not belong together.</exception>
    /// <exception cref="CheckpointException">The weights are damaged.</exception>
    /// <exception cref="WeightLoadException">The weights do not fill the network.</exception>
    public static new SpeechModel Load(string folder, bool mapFile = false) => Open(folder, null, null, 0, mapFile);

    /// <summary>Predicts the classes of a sound in memory.</summary>
    /// <param name="sound">The sound, of any rate.</param>
    /// <inheritdoc cref="TransferModel.Predict(string)"/>
    public Prediction Predict(Waveform sound) => PredictSamples([SampleOf(sound)])[0];

    /// <summary>Predicts the number of a sound in memory, for regression.</summary>
    /// <param name="sound">The sound, of any rate.</param>
    /// <inheritdoc cref="TransferModel.PredictNumber(string)"/>
    public double PredictNumber(Waveform sound) => PredictNumber(SampleOf(sound));

    /// <summary>Freezes the convolutions that turn samples into frames, as fine-tuning usually does (Baevski et al., 2020); everything else
    /// stays as it is.</summary>
    public SpeechModel FreezeFeatureEncoder()
    {
        FreezeFirstStage();
        return this;
    }

    /// <summary>Sets how long sounds may be, and what becomes of longer ones.</summary>
    /// <param name="seconds">The longest sound; null for no limit. Memory grows with the length, of attention with its square.</param>
    /// <param name="refuseLonger">True refuses longer sounds with an error; false, the default, truncates them and says in the log how
    /// many.</param>
    public SpeechModel WithMaximumLength(double? seconds, bool refuseLonger = false)
    {
        SetPreprocess(Preprocess with { MaximumSeconds = seconds, RefusesLonger = refuseLonger });
        return this;
    }

    internal static SpeechModel Open(
        string folder, string? modelType, LearningTask? task, long seed, bool mapFile = false, HeadKind? preferred = null)
    {
        OpenedModel<SpeechNetwork> opened = OpenedModel<SpeechNetwork>.Open(folder, modelType, task, seed, mapFile, preferred);
        return Owning(opened.Network, () =>
        {
            AudioPreprocess preprocess = opened.Saved?.Sound ?? SpeechFolder.Read(folder, opened.Network);
            SpeechModel model = new(opened.Family, opened.Network, opened.Task, preprocess, folder);
            model.Take(opened.Report, opened.Saved, isTaskGiven: task is not null);
            return model;
        });
    }

    private protected override IReadOnlyList<string> WriteBeside(string folder)
        => [SpeechFolder.Write(folder, Preprocess), .. (LearningTask as CtcRecognition)?.Vocabulary.Write(folder) ?? []];

    private protected override ModelDescription With(ModelDescription description) => description with { Sound = Preprocess };

    internal override Sample SampleOf(string input) => new(input, new EncodedAudio(File.ReadAllBytes(input)), NoTarget.Instance);

    private protected override Preprocessor? Fitting(Preprocessor? preprocessor)
        => preprocessor is null or AudioPreprocessor
            ? preprocessor
            : throw new ArgumentException(
                $"{Architecture} takes sounds; a {preprocessor.GetType().Name} makes something else.", nameof(preprocessor));

    private protected override FineTuneOptions DefaultOptions(int samples) => FineTuneOptions.ForSequences(samples);

    private static Sample SampleOf(Waveform sound)
    {
        ArgumentNullException.ThrowIfNull(sound);
        return new Sample("sound", new RawAudio(sound), NoTarget.Instance);
    }

    private void SetPreprocess(AudioPreprocess preprocess)
        => _preprocessor = new AudioPreprocessor(preprocess)
        {
            MinimumLength = _preprocessor.MinimumLength,
            OutputsOf = _preprocessor.OutputsOf,
            TargetTokenizer = _preprocessor.TargetTokenizer,
        };

    private int OutputsOf(int length)
    {
        using DisposeScope scope = NewDisposeScope();
        using AudioInput probe = new(zeros(1, 1), tensor([(long)length]));
        return (int)(Module.FrameLengths(probe)?.item<long>() ?? length);
    }
}
