namespace TransferLearning;

/// <summary>
/// An architecture that a <c>config.json</c> describes. Adding one is writing one file with one sealed class derived from this; the
/// catalogue lists those of this library, and takes a program's own with <c>ConfigCatalog.Add</c>.
/// </summary>
public abstract class ConfigFamily
{
    private static readonly (string Suffix, HeadKind Head)[] Suffixes =
    [
        ("ForSequenceClassification", HeadKind.Pooled),
        ("ForTokenClassification", HeadKind.Tokens),
        ("ForQuestionAnswering", HeadKind.Spans),
        ("ForMaskedLM", HeadKind.Vocabulary),
        ("ForPreTraining", HeadKind.Vocabulary),
        ("LMHeadModel", HeadKind.Vocabulary),
        ("ForCausalLM", HeadKind.Vocabulary),
        ("ForConditionalGeneration", HeadKind.Vocabulary),
        ("ForCTC", HeadKind.Vocabulary),
        ("ForAudioClassification", HeadKind.Pooled),
        ("MTModel", HeadKind.Vocabulary),
        ("Model", HeadKind.None),
    ];

    /// <summary>The family's name as its paper has it: <c>BERT</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The values of <c>model_type</c> in <c>config.json</c> that mean this family.</summary>
    public abstract IReadOnlyList<string> ModelTypes { get; }

    /// <summary>Where it was published: authors, title, year.</summary>
    public abstract string Paper { get; }

    /// <summary>The kinds of heads that networks of this family can have.</summary>
    public abstract IReadOnlyList<HeadKind> Heads { get; }

    /// <summary>What the names of its classes in Hugging Face's library begin with: <c>Bert</c>, <c>GPT2</c>.</summary>
    public abstract string ClassPrefix { get; }

    /// <summary>
    /// The end of the class's name, after <see cref="ClassPrefix"/>, that has the head over the vocabulary: <c>ForMaskedLM</c>.
    /// </summary>
    protected abstract string VocabularySuffix { get; }

    /// <summary>The end of the class's name that classifies examples. Default: <c>ForSequenceClassification</c>.</summary>
    protected virtual string PooledSuffix => "ForSequenceClassification";

    /// <summary>Builds a network; its weights are allocated, but not yet read from a file or initialised.</summary>
    /// <param name="config">Its numbers.</param>
    /// <param name="head">Its head, of one of the kinds of <see cref="Heads"/>.</param>
    /// <returns>The network; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">The family has no head of that kind; the message names those that it has.</exception>
    /// <exception cref="InvalidDataException">A number is missing or wrong.</exception>
    public ConfigNetwork Build(ModelConfig config, HeadSpec head)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(head);
        LibTorch.Load();
        return Heads.Contains(head.Kind)
            ? BuildNetwork(config, head)
            : throw new ArgumentException($"{Name} has no head of the kind {head.Kind}; it has {string.Join(", ", Heads)}.", nameof(head));
    }

    /// <summary>The class of Hugging Face's library that has a head of a kind; written into <c>config.json</c>.</summary>
    public virtual string ArchitectureName(HeadKind kind)
        => ClassPrefix + kind switch
        {
            HeadKind.Vocabulary => VocabularySuffix,
            HeadKind.Pooled => PooledSuffix,
            _ => Suffixes.First(pair => pair.Head == kind).Suffix,
        };

    /// <summary>The head of a class of Hugging Face's library; null where the name says nothing.</summary>
    /// <param name="architecture">An entry of <c>architectures</c> in <c>config.json</c>.</param>
    public virtual HeadKind? HeadOf(string architecture)
    {
        ArgumentNullException.ThrowIfNull(architecture);
        return Suffixes
            .Where(pair => architecture.EndsWith(pair.Suffix, StringComparison.Ordinal))
            .Select(pair => (HeadKind?)pair.Head)
            .FirstOrDefault();
    }

    /// <summary>Builds a network with a head that the family has; see <see cref="Build"/>.</summary>
    protected abstract ConfigNetwork BuildNetwork(ModelConfig config, HeadSpec head);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
