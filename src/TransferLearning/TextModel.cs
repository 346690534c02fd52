namespace TransferLearning;

/// <summary>A model for texts: what <c>Pretrained.Bert(folder)</c> and its kin give.</summary>
public sealed class TextModel : ConfigModel
{
    private const int LongestByDefault = 512;

    private readonly string _tokenizerFolder;
    private TextPreprocessor _preprocessor;

    private TextModel(
        ConfigFamily family, TextNetwork network, LearningTask task, TextTokenizer tokenizer, string tokenizerFolder, string? weightsFolder)
        : base(family, network, task, weightsFolder)
    {
        (Module, _tokenizerFolder) = (network, tokenizerFolder);
        network.RequireVocabulary(tokenizer, tokenizerFolder);
        int longest = Math.Min(
            network.MaximumLength ?? tokenizer.MaximumLength ?? LongestByDefault, tokenizer.MaximumLength ?? int.MaxValue);
        _preprocessor = new TextPreprocessor(tokenizer, longest)
        {
            TargetTokenizer = TokenizerFolder.ReadTarget(tokenizerFolder) ?? tokenizer,
        };
    }

    /// <inheritdoc/>
    public override TextNetwork Module { get; }

    /// <inheritdoc/>
    public override TextPreprocessor Preprocessor => _preprocessor;

    /// <summary>What turns texts into tokens.</summary>
    public TextTokenizer Tokenizer => _preprocessor.Tokenizer;

    /// <summary>The most tokens of a text, special ones included.</summary>
    public int MaximumLength => _preprocessor.MaximumLength;

    /// <summary>Whether longer texts are refused instead of truncated.</summary>
    public bool RefusesLonger => _preprocessor.RefusesLonger;

    /// <summary>
    /// What is put before every text that an encoder-decoder reads, in training too: T5's <c>translate English to German: </c>. Default:
    /// nothing.
    /// </summary>
    public string SourcePrefix => _preprocessor.SourcePrefix;

    /// <summary>Makes a model with fresh weights: what a pretrained one is compared with, or the start of pretraining.</summary>
    /// <param name="config">The configuration of the network; <c>model_type</c> says which one.</param>
    /// <param name="tokenizerFolder">The folder with the tokenizer's files.</param>
    /// <param name="task">What it is for; null means two classes.</param>
    /// <param name="seed">What fixes the weights.</param>
    /// <returns>The model; the caller disposes it.</returns>
    /// <exception cref="InvalidDataException">The configuration is unsound, or its vocabulary smaller than the tokenizer's.</exception>
    public static TextModel Create(ModelConfig config, string tokenizerFolder, LearningTask? task = null, long seed = 0)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentException.ThrowIfNullOrEmpty(tokenizerFolder);
        task ??= new Classification(2);
        ConfigFamily family = ConfigCatalog.Of(config);
        TextTokenizer tokenizer = TextTokenizer.FromFolder(tokenizerFolder);
        TextNetwork network = OpenedModel<TextNetwork>.Build(family, config, task.Head);
        network.Initialize(seed);
        return Owning(network, () => new TextModel(family, network, task, tokenizer, tokenizerFolder, null));
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
    public static new TextModel Load(string folder, bool mapFile = false) => Open(folder, null, null, 0, mapFile);

    /// <summary>The same as <see cref="TransferModelExtensions.ReplaceHead{T}(T, int, HeadInitialization, long)"/>.</summary>
    /// <param name="labels">The number of classes.</param>
    /// <param name="initialization">How the new weights begin.</param>
    /// <param name="seed">What fixes the draws.</param>
    public TextModel ReplaceHead(int labels, HeadInitialization initialization = HeadInitialization.Normal002, long seed = 0)
        => this.For(new Classification(labels), initialization, seed);

    /// <summary>
    /// Freezes the vectors of words, positions and types; everything else stays as it is. Saves much memory where the vocabulary is large.
    /// </summary>
    public TextModel FreezeEmbeddings()
    {
        FreezeFirstStage();
        return this;
    }

    /// <summary>Sets how long texts may be, and what becomes of longer ones.</summary>
    /// <param name="tokens">The most tokens, special ones included. Short texts are quicker: the time grows faster than the length.</param>
    /// <param name="refuseLonger">True refuses longer texts with an error; false, the default, truncates them and says in the log how
    /// many.</param>
    /// <exception cref="ArgumentOutOfRangeException">The network does not have so many positions.</exception>
    public TextModel WithMaximumLength(int tokens, bool refuseLonger = false)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tokens, Module.MaximumLength ?? int.MaxValue);
        _preprocessor = _preprocessor.WithMaximumLength(tokens, refuseLonger);
        return this;
    }

    /// <summary>Sets <see cref="SourcePrefix"/>.</summary>
    /// <param name="prefix">The words, with the space that follows them.</param>
    public TextModel WithSourcePrefix(string prefix)
    {
        _preprocessor = _preprocessor.WithSourcePrefix(prefix);
        return this;
    }

    /// <summary>Predicts the class of a pair of texts, or how likely each of several labels is.</summary>
    /// <param name="text">The text.</param>
    /// <param name="pair">The second text of a pair.</param>
    /// <inheritdoc cref="TransferModel.Predict(string)" path="/returns|/exception|/remarks"/>
    public Prediction Predict(string text, string pair) => PredictSamples([Pair(text, pair)])[0];

    /// <summary>Predicts the number of a pair of texts, for regression.</summary>
    /// <param name="text">The text.</param>
    /// <param name="pair">The second text of a pair.</param>
    /// <inheritdoc cref="TransferModel.PredictNumber(string)" path="/returns|/exception|/remarks"/>
    public double PredictNumber(string text, string pair) => PredictNumber(Pair(text, pair));

    /// <summary>Vectors of texts, for searching and comparing: the backbone's, pooled.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="pooling">How the vectors of tokens become one. Default: their mean.</param>
    /// <param name="normalize">Whether each vector gets the length 1, so that the product of two is the cosine of their angle. Default:
    /// true.</param>
    /// <param name="batchSize">How many go through the network at once.</param>
    /// <returns>One vector of <see cref="Network.FeatureCount"/> elements for each text, in order.</returns>
    public IReadOnlyList<float[]> Embed(
        IEnumerable<string> texts, TextPooling pooling = TextPooling.Mean, bool normalize = true, int batchSize = 32)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return Embed(texts.Select(Encode), pooling, normalize, batchSize);
    }

    /// <summary>Vectors of texts whose tokens are there already: what <see cref="Encode"/> gives.</summary>
    /// <inheritdoc cref="Embed(IEnumerable{string}, TextPooling, bool, int)"/>
    public IReadOnlyList<float[]> Embed(
        IEnumerable<EncodedText> texts, TextPooling pooling = TextPooling.Mean, bool normalize = true, int batchSize = 32)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return OfTexts([.. texts], batchSize, (_, input) => Module.Embed(input, Device, pooling, normalize), needsHead: false);
    }

    /// <summary>The tokens of a text as the network sees them, special ones included: at most <see cref="MaximumLength"/>.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="TokenizerException">It is too long, and the model refuses such texts (<see cref="RefusesLonger"/>).</exception>
    public EncodedText Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Tokenizer.Encode(text, null, _preprocessor.Options());
    }

    internal static TextModel Open(
        string folder, string? modelType, LearningTask? task, long seed, bool mapFile = false, HeadKind? preferred = null)
    {
        OpenedModel<TextNetwork> opened = OpenedModel<TextNetwork>.Open(folder, modelType, task, seed, mapFile, preferred);
        return Owning(opened.Network, () =>
        {
            TextModel model = new(opened.Family, opened.Network, opened.Task, TextTokenizer.FromFolder(folder), folder, folder);
            model.Take(opened.Report, opened.Saved, isTaskGiven: task is not null);
            if (opened.Saved is { } saved)
            {
                int longest = Math.Min(saved.MaximumLength ?? model.MaximumLength, model.MaximumLength);
                model._preprocessor = model._preprocessor
                    .WithMaximumLength(longest, saved.RefusesLonger)
                    .WithSourcePrefix(saved.SourcePrefix ?? "");
            }

            return model;
        });
    }

    private protected override IReadOnlyList<string> WriteBeside(string folder) => ModelFolder.CopyTokenizer(_tokenizerFolder, folder);

    private protected override ModelDescription With(ModelDescription description)
        => description with { MaximumLength = MaximumLength, RefusesLonger = RefusesLonger, SourcePrefix = SourcePrefix };

    internal override Sample SampleOf(string input) => new(input, new TextContent(input), NoTarget.Instance);

    internal override Preprocessor? Fitting(Preprocessor? preprocessor)
        => preprocessor is null or TextPreprocessor
            ? preprocessor
            : throw new ArgumentException(
                $"{Architecture} takes texts; a {preprocessor.GetType().Name} makes something else.", nameof(preprocessor));

    private static Sample Pair(string text, string pair)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(pair);
        return new Sample(text, new TextContent(text, pair), NoTarget.Instance);
    }

    /// <summary>Runs texts through the network and gives each one's own outputs; those of padding come after its own.</summary>
    internal float[][] OfTexts(EncodedText[] texts, int batchSize, Func<ForwardPass, TokenInput, Tensor> run, bool needsHead = true)
    {
        Sample[] samples = [.. texts.Select((text, i) => new Sample($"text {i}", new EncodedContent(text), NoTarget.Instance))];
        InputDataset inputs = new([.. samples.Select(sample => sample.Name)], samples);
        PredictOptions options = new() { BatchSize = batchSize, Workers = 0 };
        return Predicting(
            predictor => predictor.Outputs(inputs, options, (pass, batch) => run(pass, (TokenInput)batch.Input), default), needsHead)!;
    }
}
