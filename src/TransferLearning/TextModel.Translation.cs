namespace TransferLearning;

public sealed partial class TextModel
{
    private TextTokenizer? _targetTokenizer;

    /// <summary>What is put before every text that an encoder-decoder reads, in training too: T5's <c>translate English to German: </c>. Default: nothing.</summary>
    public string SourcePrefix { get; private set; } = "";

    /// <summary>Sets <see cref="SourcePrefix"/>.</summary>
    /// <param name="prefix">The words, with the space that follows them.</param>
    public TextModel WithSourcePrefix(string prefix)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(prefix);
        SourcePrefix = prefix;
        return this;
    }

    /// <summary>
    /// Translates texts. A network of several tasks is told by <see cref="SourcePrefix"/> what to do; without one, by the prefix of the
    /// configuration's only task whose name begins with <c>translation</c>.
    /// </summary>
    /// <param name="texts">The texts.</param>
    /// <param name="options">How to write; null means what the configuration asks for, and four beams where it asks for nothing.</param>
    /// <param name="cancellationToken">Ends the work before the next token with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>One translation for each text, in order.</returns>
    /// <exception cref="NotSupportedException">The model is no encoder-decoder.</exception>
    /// <exception cref="InvalidOperationException">The configuration names several translations; the message lists them.</exception>
    public IReadOnlyList<string> Translate(IReadOnlyList<string> texts, GenerationOptions? options = null, CancellationToken cancellationToken = default)
        => WriteFor("translation", texts, options, cancellationToken);

    /// <summary>The same as <see cref="Translate"/> for summaries: the configuration's task <c>summarization</c>.</summary>
    /// <inheritdoc cref="Translate"/>
    public IReadOnlyList<string> Summarize(IReadOnlyList<string> texts, GenerationOptions? options = null, CancellationToken cancellationToken = default)
        => WriteFor("summarization", texts, options, cancellationToken);

    private IReadOnlyList<string> WriteFor(string task, IReadOnlyList<string> texts, GenerationOptions? options, CancellationToken cancellationToken)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(texts);
        if (Task != TextTask.SequenceToSequence)
        {
            throw new NotSupportedException($"{Architecture} was loaded for {Task}; an encoder-decoder loaded for {TextTask.SequenceToSequence} translates and summarises.");
        }

        ModelConfig config = Module.Config;
        string prefix = SourcePrefix;
        if (SourcePrefix.Length == 0 && config.Parts("task_specific_params", task) is { Count: > 0 } tasks)
        {
            ModelConfig only = tasks.Count == 1
                ? tasks[0].Value
                : throw new InvalidOperationException(
                    $"'{config.Source}' names several tasks: {string.Join(", ", tasks.Select(item => $"{item.Key} ('{item.Value.Text("prefix", "")}')"))}. Choose one by WithSourcePrefix.");
            prefix = only.Text("prefix", "");
            config = config.With(only);
        }

        bool asks = config.Has("num_beams") || config.Has("do_sample");
        GenerationOptions chosen = options ?? (asks ? GenerationOptions.FromConfig(config) : GenerationOptions.FromConfig(config) with { Beams = 4 });
        string[] sources = [.. texts.Select(text => prefix + text)];
        return [.. Generator(chosen).Run(sources, cancellationToken).Select(text => text.Text)];
    }

    private PairEncoding PairEncoding()
    {
        DecodingRules rules = DecodingRules.FromConfig(Module.Config);
        _targetTokenizer ??= TokenizerFolder.ReadTarget(_tokenizerFolder) ?? Tokenizer;
        return new PairEncoding(Tokenizer, _targetTokenizer, MaximumLength, RefusesLonger, SourcePrefix, rules.Start, rules.End.Count > 0 ? rules.End[0] : null);
    }
}
