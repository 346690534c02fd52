namespace TransferLearning;

/// <summary>A task whose outputs stand for classes that have names.</summary>
public abstract record ClassTask : LearningTask
{
    private readonly IReadOnlyList<string>? _classNames;

    /// <param name="classCount">The number of classes.</param>
    /// <param name="classNames">Their names, if they are known.</param>
    private protected ClassTask(int classCount, IReadOnlyList<string>? classNames)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(classCount);
        (ClassCount, _classNames) = (classCount, classNames);
    }

    /// <summary>The number of classes.</summary>
    public int ClassCount { get; }

    /// <summary>Whether the names of the classes are known; until then they are numbers.</summary>
    public bool HasClassNames => _classNames is not null;

    /// <summary>The names of the classes.</summary>
    /// <exception cref="ArgumentException">They are set, and there are not as many as classes, or one is empty.</exception>
    public IReadOnlyList<string> ClassNames
    {
        get => _classNames ?? [.. Enumerable.Range(0, ClassCount).Select(number => $"{number}")];
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            _classNames = value.Count == ClassCount && !value.Any(string.IsNullOrEmpty)
                ? [.. value]
                : throw new ArgumentException(
                    $"There are {ClassCount} classes and {value.Count} names ({Dataset.Shown(value)}); expected one for each, none empty.",
                    nameof(value));
        }
    }

    /// <inheritdoc/>
    public override void Check(Dataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        if (dataset.ClassNames.Count > ClassCount)
        {
            string own = HasClassNames ? $"the classes {Dataset.Shown(ClassNames)}" : $"{ClassCount} classes";
            string unknown = HasClassNames
                ? $"; {string.Join(", ", dataset.ClassNames.Except(ClassNames).Take(5).Select(name => $"'{name}'"))} cannot be matched"
                : "";
            throw new ArgumentException(
                $"The head has {own}, and the data set has {Dataset.Shown(dataset.ClassNames)}{unknown}. Call "
                    + $"ReplaceHead({dataset.ClassNames.Count}) first.", nameof(dataset));
        }
    }

    /// <summary>The task as it is trained: with the class names of the data set where it has none of its own, and without
    /// calibration, which was fitted to weights that training changes.</summary>
    /// <exception cref="ArgumentException">There are not as many as outputs.</exception>
    internal ClassTask TrainedOn(Dataset dataset, string architecture)
        => HasClassNames ? ForTraining()
            : dataset.ClassNames.Count == ClassCount ? ForTraining() with { ClassNames = dataset.ClassNames }
            : throw new ArgumentException(
                $"The head of {architecture} has {ClassCount} classes without names, and the data set has "
                    + $"{Dataset.Shown(dataset.ClassNames)}. Call ReplaceHead({dataset.ClassNames.Count}) first.",
                nameof(dataset));

    /// <summary>The task without what training would make out of date.</summary>
    private protected virtual ClassTask ForTraining() => this;

    /// <summary>A class number of a target, if it is one.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    private protected long Checked(int number) => (uint)number < (uint)ClassCount
        ? number
        : throw new ArgumentException(
            $"A sample has the class {number}; there are {ClassCount} (0 to {ClassCount - 1}). Check the labels of the data set, or "
                + "replace the head by one with enough classes.");
}
