namespace TransferLearning;

/// <summary>Sorts the images (or texts) below a folder by class: the first part of the path is the class. Classes are in ordinal order or
/// in the one that is given, the images of a class in the order of their folders, then of their names.</summary>
/// <param name="kind">What the samples are.</param>
/// <param name="classNames">All classes in the order of their numbers; null means the folders that are there, in ordinal order.</param>
internal sealed class ClassFolderListing(ClassFileKind kind, IReadOnlyList<string>? classNames = null)
{
    private static readonly HashSet<string> SplitNames = new(StringComparer.OrdinalIgnoreCase)
    {
        "train", "training", "val", "valid", "validation", "dev", "test", "testing", "eval", "evaluation",
    };

    private readonly SortedDictionary<string, List<(string Folder, string Name, int Entry)>> _classes = new(StringComparer.Ordinal);
    private readonly IReadOnlyList<string>? _given = LabelNumbers.Checked(classNames);
    private int _looseFiles;

    /// <summary>What the samples are.</summary>
    public ClassFileKind Kind => kind;

    public string[] ClassNames => [.. _given ?? [.. _classes.Keys]];

    /// <summary>A folder inside the data set as a caller names it, with '/' between its parts.</summary>
    /// <exception cref="ArgumentException">It leads out of the data set.</exception>
    public static string Subfolder(string? subfolder)
    {
        string[] parts = (subfolder ?? "").Replace('\\', '/').Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Contains("..") || parts.Contains(".") || Path.IsPathRooted(subfolder))
        {
            throw new ArgumentException(
                $"'{subfolder}' is no folder inside the data set; expected names such as 'train' or 'photos/train'.", nameof(subfolder));
        }

        return string.Join('/', parts);
    }

    public void AddClass(string name) => _classes.TryAdd(name, []);

    /// <summary>Adds an image.</summary>
    /// <param name="path">Its path below the folder of the classes, with '/' between the parts.</param>
    /// <param name="entry">Any number by which the caller knows it.</param>
    public void AddFile(string path, int entry)
    {
        int first = path.IndexOf('/', StringComparison.Ordinal);
        if (first < 0)
        {
            _looseFiles++;
            return;
        }

        AddClass(path[..first]);
        int last = path.LastIndexOf('/');
        _classes[path[..first]].Add((path[..last], path[(last + 1)..], entry));
    }

    /// <summary>Adds an entry of an archive: a sample, or a folder or another file, whose folder is a class all the same.</summary>
    public void AddEntry(string path, int entry)
    {
        if (kind.Includes(path))
        {
            AddFile(path, entry);
        }
        else if (path.IndexOf('/', StringComparison.Ordinal) is > 0 and int slash)
        {
            AddClass(path[..slash]);
        }
    }

    /// <summary>The number of the first image of each class, and the number of all images.</summary>
    public int[] Starts()
    {
        List<int> starts = [0];
        foreach (List<(string Folder, string Name, int Entry)> files in Files())
        {
            starts.Add(checked(starts[^1] + files.Count));
        }

        return [.. starts];
    }

    /// <summary>All images, in order.</summary>
    public IEnumerable<(string Path, int Entry)> InOrder()
        => Files().SelectMany(files => files
            .OrderBy(file => file.Folder, StringComparer.Ordinal)
            .ThenBy(file => file.Name, StringComparer.Ordinal)
            .Select(file => ($"{file.Folder}/{file.Name}", file.Entry)));

    /// <summary>Throws unless the folders are the classes, and there is a sample. A class may be without samples.</summary>
    /// <param name="location">Where the folders lie, for messages.</param>
    public void Check(string location)
    {
        string layout =
            $"Expected one folder for each class with its {kind.Noun}s ({kind.ExtensionList}) in it, for example '{kind.Example}'.";
        if (_classes.Count == 0)
        {
            throw new DatasetException(_looseFiles > 0
                ? $"{location} holds {_looseFiles} {kind.Noun}s but no class folder. {layout}"
                : $"{location} holds no class folder and no {kind.Noun}. {layout}");
        }

        if (_classes.Keys.All(SplitNames.Contains) && !_classes.Keys.Any(name => _given?.Contains(name) ?? false))
        {
            throw new DatasetException(
                $"{location} holds {LabelNumbers.Shown(_classes.Keys)}: these look like the parts of a data set, not like its classes. "
                + $"Open one of them: {kind.Opener}.Open(path, subfolder: \"{_classes.Keys.First()}\").");
        }

        if (_given is not null && _classes.Keys.Except(_given).ToArray() is { Length: > 0 } strange)
        {
            throw new DatasetException(
                $"{location} has folders that are none of the given classes: {LabelNumbers.Shown(strange)}. "
                + $"The folders are {LabelNumbers.Shown(_classes.Keys)}; the given classes are {LabelNumbers.Shown(_given)}. "
                + "Rename or remove the folder, or give its class too.");
        }

        if (_classes.Values.All(files => files.Count == 0))
        {
            string beside = _looseFiles > 0
                ? $" ({_looseFiles} {kind.Noun}s lie beside the class folders, where they belong to no class.)"
                : "";
            throw new DatasetException(
                $"{location} has only class folders without {kind.Noun}s: {LabelNumbers.Shown(_classes.Keys)}."
                + $"{beside} Put {kind.Noun}s ({kind.ExtensionList}) there.");
        }
    }

    private IEnumerable<List<(string Folder, string Name, int Entry)>> Files()
        => ClassNames.Select(name => _classes.GetValueOrDefault(name) ?? []);
}
