namespace TransferLearning;

/// <summary>
/// A text architecture. Adding one is writing one file with one sealed class derived from this; the catalogue finds those of this library,
/// and takes a program's own with <see cref="TextCatalog.Add"/>.
/// </summary>
public abstract class TextFamily
{
    private static readonly (string Suffix, TextTask Task)[] Suffixes =
    [
        ("ForSequenceClassification", TextTask.SequenceClassification),
        ("ForTokenClassification", TextTask.TokenClassification),
        ("ForQuestionAnswering", TextTask.QuestionAnswering),
        ("ForMaskedLM", TextTask.MaskedLanguageModel),
        ("ForPreTraining", TextTask.MaskedLanguageModel),
        ("LMHeadModel", TextTask.CausalLanguageModel),
        ("ForCausalLM", TextTask.CausalLanguageModel),
        ("ForConditionalGeneration", TextTask.SequenceToSequence),
        ("MTModel", TextTask.SequenceToSequence),
        ("Model", TextTask.Features),
    ];

    /// <summary>The family's name as its paper has it: <c>BERT</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The values of <c>model_type</c> in <c>config.json</c> that mean this family.</summary>
    public abstract IReadOnlyList<string> ModelTypes { get; }

    /// <summary>Where it was published: authors, title, year.</summary>
    public abstract string Paper { get; }

    /// <summary>What networks of this family can be built for.</summary>
    public abstract IReadOnlyList<TextTask> Tasks { get; }

    /// <summary>What the names of its classes in Hugging Face's library begin with: <c>Bert</c>, <c>GPT2</c>.</summary>
    public abstract string ClassPrefix { get; }

    /// <summary>Builds a network; its weights are allocated, but not yet read from a file or initialised.</summary>
    /// <param name="config">Its numbers.</param>
    /// <param name="task">What it is for, one of <see cref="Tasks"/>.</param>
    /// <param name="labels">How many labels the head has; without meaning for language models.</param>
    /// <returns>The network; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">The family has no head for the task.</exception>
    /// <exception cref="InvalidDataException">A number is missing or wrong.</exception>
    public TextNetwork Build(TextConfig config, TextTask task, int labels = 2)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentOutOfRangeException.ThrowIfLessThan(labels, 1);
        LibTorch.Load();
        return Tasks.Contains(task)
            ? BuildNetwork(config, task, labels)
            : throw new ArgumentException($"{Name} has no head for {task}; it has heads for {string.Join(", ", Tasks)}.", nameof(task));
    }

    /// <summary>The class of Hugging Face's library that has the head of a task; written into <c>config.json</c>.</summary>
    public virtual string ArchitectureName(TextTask task) => ClassPrefix + Suffixes.First(pair => pair.Task == task).Suffix;

    /// <summary>The task of a class of Hugging Face's library; null where the name says nothing.</summary>
    /// <param name="architecture">An entry of <c>architectures</c> in <c>config.json</c>.</param>
    public virtual TextTask? TaskOf(string architecture)
    {
        ArgumentNullException.ThrowIfNull(architecture);
        return Suffixes.Where(pair => architecture.EndsWith(pair.Suffix, StringComparison.Ordinal)).Select(pair => (TextTask?)pair.Task).FirstOrDefault();
    }

    /// <summary>Builds a network for a task that the family has; see <see cref="Build"/>.</summary>
    protected abstract TextNetwork BuildNetwork(TextConfig config, TextTask task, int labels);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
