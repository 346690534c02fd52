namespace TransferLearning;

/// <summary>How a listing of files is read, and what is to be learned of each: a class, several labels or a number.</summary>
/// <remarks>
/// A column is called by its name in the first row or, where that names none of them, by its number from 0: "0", "1". Names match in small
/// and capital letters, in JSON lines as they are written.
/// </remarks>
public abstract record FileListOptions
{
    private protected FileListOptions()
    {
    }

    /// <summary>The folder that relative paths start at. Default: null, the one of the listing.</summary>
    public string? Folder { get; init; }

    /// <summary>The column of the path. Default: null, "path", "file", "filename" or what the files are, and without a header the
    /// first.</summary>
    public string? Path { get; init; }

    /// <summary>The column of the label. Default: null, "label" or "class", and without a header the second.</summary>
    public string? Label { get; init; }

    /// <summary>
    /// What stands between the labels of a file that may have any number of them, none too. The targets are then
    /// <see cref="LabelsTarget"/>, and the sample's own label is the first of them, or 0. Default: null, one class for each file.
    /// </summary>
    public char? LabelSeparator { get; init; }

    /// <summary>
    /// The column of a number to be predicted; the targets are then <see cref="NumberTarget"/>, and the one class is what the files are.
    /// Default:
    /// null, labels are learned.
    /// </summary>
    public string? Target { get; init; }

    /// <summary>
    /// The classes in the order of their numbers, so that another part of a data set gets the same ones; another label is an error.
    /// Default: null, the different labels of the file: by value if all are whole numbers, else in ordinal order.
    /// </summary>
    public IReadOnlyList<string>? ClassNames { get; init; }

    /// <summary>What to call a file in messages.</summary>
    internal abstract string Noun { get; }

    /// <summary>The column of a text to be written; null if none is.</summary>
    internal virtual string? TextColumn => null;

    /// <summary>Whether a listed file may be one of these by its ending.</summary>
    internal virtual bool Includes(string path) => true;

    /// <summary>How columns of paths are usually called.</summary>
    private protected abstract IReadOnlyList<string> UsualPathColumns { get; }

    /// <summary>The columns that hold what is to be learned, by name.</summary>
    internal IReadOnlyList<string> TargetColumns => Target is not null ? [Target] : TextColumn is not null ? [TextColumn]
        : Label is not null ? [Label] : ["label", "class"];

    /// <summary>The columns that hold the path, by name.</summary>
    internal IReadOnlyList<string> PathColumns => Path is not null ? [Path] : UsualPathColumns;

    /// <summary>An option is used or refused.</summary>
    /// <exception cref="ArgumentException">Labels and a number are asked for at once.</exception>
    internal virtual void Validate()
    {
        if (Target is not null && (Label is not null || LabelSeparator is not null || ClassNames is not null))
        {
            throw new ArgumentException(
                $"{nameof(Target)} asks for numbers, and {nameof(Label)}, {nameof(LabelSeparator)} or {nameof(ClassNames)} for labels: "
                + "set one or the other.");
        }
    }
}
