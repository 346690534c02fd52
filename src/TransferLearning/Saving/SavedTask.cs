namespace TransferLearning;

/// <summary>A task as a saved model names it.</summary>
/// <param name="Kind">The task's name.</param>
/// <param name="Classes">The number of classes; 0 for a task without.</param>
/// <param name="ClassNames">Their names, where they are known.</param>
internal sealed record SavedTask(string Kind, int Classes = 0, IReadOnlyList<string>? ClassNames = null)
{
    /// <summary>The tokens that what is written begins with; null for none.</summary>
    public IReadOnlyList<int>? Prompt { get; init; }

    /// <summary>How the logits are scaled; null for a model that is not calibrated.</summary>
    public LogitScaling? Scaling { get; init; }

    /// <summary>How a task is saved.</summary>
    public static SavedTask Of(LearningTask task)
        => task is ClassTask classes
            ? new SavedTask(task.Name, classes.ClassCount, classes.HasClassNames ? classes.ClassNames : null)
            {
                Scaling = (task as Classification)?.Scaling,
            }
            : new SavedTask(task.Name) { Prompt = task is SequenceToSequence { Prompt: { Count: > 0 } prompt } ? prompt : null };

    /// <summary>The task that was saved.</summary>
    /// <param name="source">The file, for errors.</param>
    /// <param name="given">A task that the caller gives, because it is one of his own; null for none.</param>
    /// <param name="vocabulary">The task of a network that predicts tokens.</param>
    /// <exception cref="InvalidDataException">It is none of this library's and none was given, or the given one is another.</exception>
    public LearningTask ToTask(string source, LearningTask? given, Func<LearningTask>? vocabulary = null)
    {
        if (given is not null)
        {
            return given.Name == Kind
                ? given
                : throw new InvalidDataException($"'{source}' was saved for {Kind}, and {given.Name} was given to load it with.");
        }

        return Kind switch
        {
            "classification" => Named(Calibrated(new Classification(Classes), source)),
            "multi-label classification" => Named(new MultiLabelClassification(Classes)),
            "token classification" => Named(new TokenClassification(Classes)),
            "regression" => new Regression(),
            "question answering" => new QuestionAnswering(),
            "masked language modelling" => new MaskedLanguageModeling(),
            "feature extraction" => new FeatureExtraction(),
            "causal language modelling" or "sequence to sequence" or "speech recognition" when vocabulary is not null
                => vocabulary() is SequenceToSequence writing ? writing with { Prompt = Prompt ?? [] } : vocabulary(),
            _ => throw new InvalidDataException(
                $"'{source}' was saved for the task '{Kind}', which is not one of this library: give it when loading."),
        };
    }

    private Classification Calibrated(Classification task, string source)
    {
        try
        {
            return Scaling is null ? task : task with { Scaling = Scaling };
        }
        catch (ArgumentException exception)
        {
            throw new InvalidDataException(
                $"'{source}': the description of the saved model is damaged ({exception.Message}) Save the model again.", exception);
        }
    }

    private ClassTask Named(ClassTask task) => ClassNames is null ? task : task with { ClassNames = ClassNames };
}
