namespace TransferLearning;

/// <summary>A model for sounds: what <c>Pretrained.Wav2Vec2(folder)</c> and its kin give.</summary>
public sealed class SpeechModel : ConfigModel
{
    private readonly string? _folder;
    private AudioPreprocessor _preprocessor;

    private SpeechModel(
        ConfigFamily family, SpeechNetwork network, LearningTask task, AudioPreprocess preprocess, TextTokenizer? tokenizer, string? folder)
        : base(family, network, task, folder)
    {
        (Module, _folder) = (network, folder);
        _preprocessor = new AudioPreprocessor(preprocess)
        {
            MinimumLength = network.MinimumLength,
            OutputsOf = OutputsOf,
            TargetTokenizer = tokenizer,
            MaximumTargetLength = (network as IDecodingNetwork)?.MaximumLength ?? int.MaxValue,
        };
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
        return Owning(network, () => new SpeechModel(family, network, task, preprocess ?? SpeechFolder.Of(network), null, null));
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
    /// <inheritdoc cref="TransferModel.Predict(string)" path="/returns|/exception|/remarks"/>
    public Prediction Predict(Waveform sound) => PredictSamples([SampleOf(sound)])[0];

    /// <summary>Predicts the number of a sound in memory, for regression.</summary>
    /// <param name="sound">The sound, of any rate.</param>
    /// <inheritdoc cref="TransferModel.PredictNumber(string)" path="/returns|/exception|/remarks"/>
    public double PredictNumber(Waveform sound) => PredictNumber(SampleOf(sound));

    /// <summary>Writes down what is said in a file, of any length: no more of it is in memory than a window.</summary>
    /// <param name="path">The file: WAV, FLAC, Ogg Vorbis, Opus or MP3, of any rate and number of channels.</param>
    /// <param name="options">How to write; null means the most probable entries, in the language that the network hears.</param>
    /// <param name="cancellationToken">Ends the work before the next window with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The text, its pieces with their times, and the language where the network says it.</returns>
    /// <exception cref="MediaException">The file is missing, damaged or no sound.</exception>
    /// <exception cref="InvalidOperationException">The model does not write, or its head was never trained.</exception>
    /// <exception cref="ArgumentException">An option is wrong or cannot be used with the model.</exception>
    public Transcription Transcribe(string path, TranscribeOptions? options = null, CancellationToken cancellationToken = default)
        => Transcribe(() => Windows(path), options, cancellationToken);

    /// <summary>Writes down what is said in a sound in memory.</summary>
    /// <param name="sound">The sound, of any rate and length.</param>
    /// <param name="options">How to write; null means the most probable entries, in the language that the network hears.</param>
    /// <param name="cancellationToken">Ends the work before the next window.</param>
    /// <inheritdoc cref="Transcribe(string, TranscribeOptions?, CancellationToken)" path="/returns|/exception|/remarks"/>
    public Transcription Transcribe(Waveform sound, TranscribeOptions? options = null, CancellationToken cancellationToken = default)
        => Transcribe(() => Windows(sound), options, cancellationToken);

    /// <summary>
    /// Writes as <see cref="Transcribe(string, TranscribeOptions?, CancellationToken)"/> does and hands each piece out as soon as it is
    /// written, off the caller's thread.
    /// </summary>
    /// <returns>The pieces, in order. Leaving the loop early ends the work and closes the file.</returns>
    /// <inheritdoc cref="Transcribe(string, TranscribeOptions?, CancellationToken)"/>
    public IAsyncEnumerable<TranscriptionSegment> TranscribeAsync(
        string path, TranscribeOptions? options = null, CancellationToken cancellationToken = default)
    {
        Transcriber transcriber = Transcriber(options);
        return SteppedWork.Run(use => Segments(use, () => Windows(path), transcriber, cancellationToken), Uses.Predict, cancellationToken);
    }

    /// <summary>Sets what a Whisper learns to write: the language of the transcripts, and whether they are translations into
    /// English.</summary>
    /// <param name="language">The code of the language that is spoken: <c>de</c>.</param>
    /// <param name="translate">Whether the texts are English, whatever is spoken. Default: false.</param>
    /// <exception cref="InvalidOperationException">The model is no Whisper that writes.</exception>
    /// <exception cref="ArgumentException">The network does not know the language.</exception>
    public SpeechModel WithLanguage(string language, bool translate = false)
        => LearningTask is SequenceToSequence task && _preprocessor.TargetTokenizer is { } tokenizer
            ? this.For(task with { Prompt = new WhisperTokens(tokenizer).Prompt(language, translate, hasTimes: false) })
            : throw new InvalidOperationException(
                $"This {Architecture} is for {LearningTask.Name}; languages are a Whisper's that writes.");

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
        _preprocessor = _preprocessor.With(Preprocess with { MaximumSeconds = seconds, RefusesLonger = refuseLonger });
        return this;
    }

    internal static SpeechModel Open(
        string folder, string? modelType, LearningTask? task, long seed, bool mapFile = false, HeadKind? preferred = null)
    {
        OpenedModel<SpeechNetwork> opened = OpenedModel<SpeechNetwork>.Open(folder, modelType, task, seed, mapFile, preferred);
        return Owning(opened.Network, () =>
        {
            AudioPreprocess described = SpeechFolder.Read(folder, opened.Network);
            AudioPreprocess preprocess = opened.Saved?.Sound is { } saved ? saved with { FrontEnd = described.FrontEnd } : described;
            TextTokenizer? tokenizer = opened.Network is IDecodingNetwork ? TextTokenizer.FromFolder(folder) : null;
            LearningTask what = opened.Task is SequenceToSequence { Prompt.Count: 0 } writing && tokenizer is not null
                ? writing with { Prompt = new WhisperTokens(tokenizer).Prompt(null, translates: false, hasTimes: false) }
                : opened.Task;
            SpeechModel model = new(opened.Family, opened.Network, what, preprocess, tokenizer, folder);
            model.Take(opened.Report, opened.Saved, isTaskGiven: task is not null);
            return model;
        });
    }

    private protected override IReadOnlyList<string> WriteBeside(string folder)
        =>
        [
            SpeechFolder.Write(folder, Preprocess),
            .. (LearningTask as CtcRecognition)?.Vocabulary.Write(folder) ?? [],
            .. _preprocessor.TargetTokenizer is null ? [] : ModelFolder.CopyTokenizer(_folder!, folder),
        ];

    private protected override ModelDescription With(ModelDescription description) => description with { Sound = Preprocess };

    internal override Sample SampleOf(string input) => new(input, new EncodedAudio(File.ReadAllBytes(input)), NoTarget.Instance);

    internal override Preprocessor? Fitting(Preprocessor? preprocessor)
        => preprocessor is null or AudioPreprocessor
            ? preprocessor
            : throw new ArgumentException(
                $"{Architecture} takes sounds; a {preprocessor.GetType().Name} makes something else.", nameof(preprocessor));

    private static Sample SampleOf(Waveform sound)
    {
        ArgumentNullException.ThrowIfNull(sound);
        return new Sample("sound", new RawAudio(sound), NoTarget.Instance);
    }

    private (SoundWindows Windows, IDisposable? File) Windows(string path)
    {
        AudioReader reader = AudioFile.Open(path);
        return (new SoundWindows(reader.ReadParts(TimeSpan.FromSeconds(1), Preprocess.SampleRate)), reader);
    }

    private (SoundWindows Windows, IDisposable? File) Windows(Waveform sound)
    {
        ArgumentNullException.ThrowIfNull(sound);
        return (new SoundWindows([Resampling.Apply(sound, Preprocess.SampleRate)]), null);
    }

    private static IEnumerable<TranscriptionSegment> Segments(
        ModelUse.Prediction use, Func<(SoundWindows Windows, IDisposable? File)> open, Transcriber transcriber,
        CancellationToken cancellationToken)
    {
        (SoundWindows windows, IDisposable? file) = open();
        using (file)
        using (windows)
        {
            foreach (TranscriptionSegment segment in transcriber.Run(windows, use.Narrow(), cancellationToken))
            {
                yield return segment;
            }
        }
    }

    private Transcription Transcribe(
        Func<(SoundWindows Windows, IDisposable? File)> open, TranscribeOptions? options, CancellationToken cancellationToken)
    {
        Transcriber transcriber = Transcriber(options);
        using ModelUse.Prediction use = Uses.Predict();
        return new Transcription([.. Segments(use, open, transcriber, cancellationToken)], transcriber.Language);
    }

    private Transcriber Transcriber(TranscribeOptions? options)
    {
        options ??= new TranscribeOptions();
        RequireTrainedHead();
        Module.eval();
        options.Validate(isWhisper: LearningTask is SequenceToSequence);
        return LearningTask switch
        {
            SequenceToSequence => new WhisperTranscriber(Module, _preprocessor, options, Device),
            CtcRecognition task => new CtcTranscriber(Module, _preprocessor, task.Vocabulary, options, Device),
            _ => throw new InvalidOperationException(
                $"This {Architecture} is for {LearningTask.Name} and does not write: call For(new CtcRecognition(vocabulary)) and train "
                    + "it, or load a checkpoint that writes."),
        };
    }

    private int OutputsOf(int length)
    {
        using DisposeScope scope = NewDisposeScope();
        using AudioInput probe = new(zeros(1, 1), tensor([(long)length]));
        return (int)(Module.FrameLengths(probe)?.item<long>() ?? length);
    }
}
