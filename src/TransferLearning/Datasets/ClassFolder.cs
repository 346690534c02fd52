namespace TransferLearning;

/// <summary>
/// Files in one folder for each class, in a folder or straight in a zip or tar file: what <see cref="ImageFolder"/> and
/// <see cref="AudioFolder"/> have in common.
/// </summary>
public abstract class ClassFolder : Dataset
{
    private readonly SampleFiles _files;
    private readonly string[] _classNames;
    private readonly int[] _starts;

    private protected ClassFolder(FoundSamples found)
        => (Path, _files, _classNames, _starts) = (found.Path, found.Files, found.Listing.ClassNames, found.Listing.Starts());

    /// <summary>The full path of the folder, zip file or tar file.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public override int Count => _files.Count;

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassNames => _classNames;

    /// <inheritdoc/>
    public override int LabelOf(int index)
    {
        CheckIndex(index);
        int found = Array.BinarySearch(_starts, index);
        int label = found >= 0 ? found : ~found - 1;
        while (_starts[label + 1] <= index)
        {
            label++; // a class without samples begins where the next one does
        }

        return label;
    }

    /// <inheritdoc/>
    public override string NameOf(int index)
    {
        CheckIndex(index);
        return _files.NameOf(index);
    }

    /// <inheritdoc/>
    /// <exception cref="DatasetException">Its bytes could not be read; the message names the file.</exception>
    public override Sample Read(int index) => new(NameOf(index), LabelOf(index), ContentOf(_files.Read(index)));

    /// <inheritdoc/>
    public override string ToString()
    {
        IEnumerable<int> labels = Enumerable.Range(0, _classNames.Length).Where(label => _starts[label] < _starts[label + 1]);
        return LabelNumbers.Described($"'{Path}'", _classNames, labels);
    }

    /// <inheritdoc/>
    protected internal override long ContentMark(int index)
    {
        CheckIndex(index);
        return _files.MarkOf(index);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _files.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>What a sample holds whose file has these bytes.</summary>
    private protected abstract SampleContent ContentOf(byte[] bytes);

    /// <summary>Looks through a folder or an archive.</summary>
    private protected static FoundSamples Find(string path, string? subfolder, IReadOnlyList<string>? classNames, ClassFileKind kind)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string full = System.IO.Path.GetFullPath(path);
        string inside = ClassFolderListing.Subfolder(subfolder);
        ClassFolderListing listing = new(kind, classNames);
        if (Directory.Exists(full))
        {
            return new FoundSamples(full, FolderFiles.Open(full, inside, listing), listing);
        }

        if (!File.Exists(full))
        {
            throw new DatasetException(
                $"There is no folder or zip file '{full}', nor a tar file. Check the path; a relative one starts at "
                    + $"'{Environment.CurrentDirectory}'.");
        }

        return new FoundSamples(
            full, TarFiles.Is(full) ? TarFiles.Open(full, inside, listing) : ZipFiles.Open(full, inside, listing), listing);
    }

    /// <summary>What was found.</summary>
    private protected sealed record FoundSamples(string Path, SampleFiles Files, ClassFolderListing Listing);
}
