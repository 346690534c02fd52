using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>
/// A text network with all that belongs to it: weights, tokenizer, the names of its labels, and what of it is frozen. Steps such as
/// <see cref="ReplaceHead"/> change the model and return it, so that they read as one sentence.
/// </summary>
/// <remarks>
/// The model owns its native memory: dispose it. It is not safe to train or change it from several threads; predicting from several threads
/// at once is safe while nothing changes it.
/// </remarks>
public sealed partial class TextModel : IDisposable
{
    private const int LongestByDefault = 512;

    private readonly ConfigFamily _family;
    private readonly HashSet<string> _fresh = [];
    private readonly string? _weightsFolder;
    private readonly string _tokenizerFolder;
    private double? _layerDecay;
    private bool _isDisposed;

    private TextModel(ConfigFamily family, TextNetwork network, TextTokenizer tokenizer, string tokenizerFolder, string? weightsFolder)
    {
        (_family, Module, Tokenizer, _tokenizerFolder, _weightsFolder) = (family, network, tokenizer, tokenizerFolder, weightsFolder);
        RequireVocabulary();
        MaximumLength = Math.Min(network.MaximumLength ?? tokenizer.MaximumLength ?? LongestByDefault, tokenizer.MaximumLength ?? int.MaxValue);
        Problem = ProblemOf(network);
        LabelNames = NamesOf(network);
        Device = Device.Cpu;
        network.eval();
    }

    /// <summary>The name of the architecture's family: <c>BERT</c>.</summary>
    public string Architecture => _family.Name;

    /// <summary>The network itself, a TorchSharp module: the way out to everything TorchSharp can do. The model owns it.</summary>
    public TextNetwork Module { get; }

    /// <summary>What turns texts into tokens.</summary>
    public TextTokenizer Tokenizer { get; }

    /// <summary>What the model is for.</summary>
    public TextTask Task => Module.Task;

    /// <summary>What a classifier of whole texts tells of each; without meaning for other tasks.</summary>
    public TextProblem Problem { get; private set; }

    /// <summary>How many labels the head has; without meaning for language models.</summary>
    public int Labels => Module.Labels;

    /// <summary>The names of the labels: those of the data set last trained on, or what the files say.</summary>
    public IReadOnlyList<string> LabelNames { get; private set; }

    /// <summary>The most tokens of a text, special ones included.</summary>
    public int MaximumLength { get; private set; }

    /// <summary>Whether longer texts are refused instead of truncated.</summary>
    public bool RefusesLonger { get; private set; }

    /// <summary>Where the network lives.</summary>
    public Device Device { get; private set; }

    /// <summary>What loading its weights found; null for a network that was not loaded.</summary>
    public WeightLoadReport? LoadReport { get; private set; }

    /// <summary>How many numbers training would change now.</summary>
    public long TrainableParameters => Module.parameters().Where(parameter => parameter.requires_grad).Sum(parameter => parameter.numel());

    /// <summary>Makes a model with fresh weights: what a pretrained one is compared with, or the start of pretraining.</summary>
    /// <param name="config">The numbers of the network; <c>model_type</c> says which one.</param>
    /// <param name="tokenizerFolder">The folder with the tokenizer's files.</param>
    /// <param name="task">What it is for.</param>
    /// <param name="labels">How many labels it tells apart; without meaning for language models.</param>
    /// <param name="seed">What fixes the weights.</param>
    /// <returns>The model; the caller disposes it.</returns>
    /// <exception cref="InvalidDataException">The configuration is unsound, or its vocabulary smaller than the tokenizer's.</exception>
    public static TextModel Create(
        ModelConfig config, string tokenizerFolder, TextTask task = TextTask.SequenceClassification, int labels = 2, long seed = 0)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentException.ThrowIfNullOrEmpty(tokenizerFolder);
        ConfigFamily family = ConfigCatalog.Of(config);
        TextTokenizer tokenizer = TextTokenizer.FromFolder(tokenizerFolder);
        return Owning(family.Build(config, task, labels), network =>
        {
            network.Initialize(seed);
            return new TextModel(family, network, tokenizer, tokenizerFolder, null);
        });
    }

    /// <summary>
    /// Puts a new classifier of whole texts, or pairs, in the place of the head. Its weights begin as draws from N(0, 0.02) and its biases at
    /// 0, unless told otherwise; the backbone stays as it is.
    /// </summary>
    /// <param name="labels">How many classes it tells apart.</param>
    /// <param name="initialization">How its weights begin.</param>
    /// <param name="seed">What fixes the draws.</param>
    public TextModel ReplaceHead(int labels, HeadInitialization initialization = HeadInitialization.Normal002, long seed = 0)
        => ChangeTask(TextTask.SequenceClassification, labels, TextProblem.SingleLabel, initialization, seed);

    /// <summary>The same for texts that may have several classes or none: each is a decision of its own.</summary>
    /// <inheritdoc cref="ReplaceHead"/>
    public TextModel ForMultipleLabels(int labels, HeadInitialization initialization = HeadInitialization.Normal002, long seed = 0)
        => ChangeTask(TextTask.SequenceClassification, labels, TextProblem.MultipleLabels, initialization, seed);

    /// <summary>The same for one number told of each text.</summary>
    /// <inheritdoc cref="ReplaceHead"/>
    public TextModel ForRegression(HeadInitialization initialization = HeadInitialization.Normal002, long seed = 0)
        => ChangeTask(TextTask.SequenceClassification, 1, TextProblem.Regression, initialization, seed);

    /// <summary>The same for a tag of each word: names in a sentence, parts of speech.</summary>
    /// <inheritdoc cref="ReplaceHead"/>
    public TextModel ForTokenClassification(int labels, HeadInitialization initialization = HeadInitialization.Normal002, long seed = 0)
        => ChangeTask(TextTask.TokenClassification, labels, TextProblem.SingleLabel, initialization, seed);

    /// <summary>Makes the model find answers in texts. The head is the checkpoint's where it has one, else new.</summary>
    /// <param name="seed">What fixes the weights of a new head.</param>
    public TextModel ForQuestionAnswering(long seed = 0) => ChangeTask(TextTask.QuestionAnswering, 2, TextProblem.SingleLabel, null, seed);

    /// <summary>Makes the model foretell hidden words, for continued pretraining. The head is the checkpoint's where it has one, else new.</summary>
    /// <param name="seed">What fixes the weights of a new head.</param>
    public TextModel ForMaskedLanguageModel(long seed = 0) => ChangeTask(TextTask.MaskedLanguageModel, 2, TextProblem.SingleLabel, null, seed);

    /// <summary>Sets how long texts may be, and what becomes of longer ones.</summary>
    /// <param name="tokens">The most tokens, special ones included. Short texts are quicker: the time grows faster than the length.</param>
    /// <param name="refuseLonger">True refuses longer texts with an error; false, the default, truncates them and says in the log how many.</param>
    /// <exception cref="ArgumentOutOfRangeException">The network does not have so many positions.</exception>
    public TextModel WithMaximumLength(int tokens, bool refuseLonger = false)
    {
        ThrowIfDisposed();
        ArgumentOutOfRangeException.ThrowIfLessThan(tokens, 4);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tokens, Module.MaximumLength ?? int.MaxValue);
        (MaximumLength, RefusesLonger) = (tokens, refuseLonger);
        return this;
    }

    /// <summary>Moves the network to a device.</summary>
    public TextModel To(Device device)
    {
        ThrowIfDisposed();
        Module.to(device.ToTorch());
        Device = device;
        return this;
    }

    /// <summary>Frees the network.</summary>
    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            Module.Dispose();
        }
    }

    /// <summary>Runs what may fail with a network that nobody owns yet.</summary>
    private static TextModel Owning(TextNetwork network, Func<TextNetwork, TextModel> make)
    {
        try
        {
            return make(network);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private static TextProblem ProblemOf(TextNetwork network) => network.Config.Text("problem_type", "") switch
    {
        "multi_label_classification" => TextProblem.MultipleLabels,
        "regression" => TextProblem.Regression,
        "single_label_classification" => TextProblem.SingleLabel,
        _ => network.Task == TextTask.SequenceClassification && network.Labels == 1 ? TextProblem.Regression : TextProblem.SingleLabel,
    };

    private static IReadOnlyList<string> NamesOf(TextNetwork network)
        => network.Config.LabelNames is { } names && names.Count == network.Labels ? names : Numbered(network.Labels);

    private static string[] Numbered(int labels) => [.. Enumerable.Range(0, labels).Select(i => $"LABEL_{i}")];

    private TextModel ChangeTask(TextTask task, int labels, TextProblem problem, HeadInitialization? freshHead, long seed)
    {
        ThrowIfDisposed();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(labels);
        if (Lora is not null)
        {
            throw new InvalidOperationException("Choose the task before WithLora, or call MergeLora first: the additions belong to the network as it is.");
        }

        HeadSpec spec = task.Head(labels);
        bool isKept = freshHead is null && Module.HeadKind == spec.Kind;
        if (!isKept)
        {
            NetworkStage fresh = new("new", Module.ResetHead(spec));
            FillNew([.. Module.State().Select(entry => entry.Key).Where(fresh.Holds)], freshHead, seed);
            Module.to(Device.ToTorch());
            Module.eval();
        }

        (Problem, LabelNames) = (problem, Numbered(labels));
        return this;
    }

    /// <summary>Fills weights that are new: from the checkpoint where it has them and they are wanted, else with fresh ones.</summary>
    private void FillNew(HashSet<string> names, HeadInitialization? freshHead, long seed)
    {
        HashSet<string> wanted = [.. names.Where(name => freshHead is null || !Module.IsInHead(name))];
        _fresh.Clear();
        _fresh.UnionWith(names);
        if (wanted.Count > 0 && _weightsFolder is not null && Directory.Exists(_weightsFolder))
        {
            using HuggingFaceFolder checkpoint = HuggingFaceFolder.Open(_weightsFolder);
            _fresh.ExceptWith(checkpoint.Fill(Module, seed, wanted.Contains).Applied);
        }

        HashSet<string> modules = [.. _fresh.Select(name => name[..Math.Max(0, name.LastIndexOf('.'))])];
        Module.Initialize(seed, modules.Contains);
        if (freshHead is { } initialization)
        {
            foreach ((_, nn.Module head) in Module.named_children().Where(child => Module.IsInHead(child.name)))
            {
                NewHead.Fill(head, initialization, seed);
            }
        }
    }

    private void RequireVocabulary()
    {
        long rows = Module.State().First(entry => entry.Key == Module.WordEmbeddingName).Value.size(0);
        if (Tokenizer.VocabularySize > rows)
        {
            throw new InvalidDataException(
                $"The tokenizer in '{_tokenizerFolder}' has {Tokenizer.VocabularySize} tokens, and '{Module.WordEmbeddingName}' of the network "
                + $"('{Module.Config.Source}') has {rows} rows. Tokenizer and weights belong to different models: get both from one place.");
        }
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_isDisposed, this);
}
