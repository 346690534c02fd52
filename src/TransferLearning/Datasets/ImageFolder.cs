namespace TransferLearning;

/// <summary>Images in one folder for each class, in a folder or straight in a zip file. The classes are the names of the folders in ordinal
/// order; the images may lie at any depth below them and end in jpg, jpeg, jpe, jfif, jif, png, webp, gif, bmp, dib, ppm, pgm, pbm or pnm,
/// in small or capital letters.</summary>
/// <remarks>
/// Order and labels are those of torchvision's <c>ImageFolder</c>. Hidden files and folders (a leading dot), those that systems leave
/// behind (<c>$RECYCLE.BIN</c>, <c>@eaDir</c>, <c>lost+found</c>, <c>__MACOSX</c>, ...) and other kinds of files are skipped, as are images
/// beside the class folders. An empty class folder is a class without samples, which <see cref="ToString"/> names. Nothing is read but
/// names until a sample is asked for, and a zip file is never unpacked. A sample is called by its path below the folder or inside the
/// archive.
/// </remarks>
public sealed class ImageFolder : Dataset
{
    private readonly SampleFiles _images;
    private readonly string[] _classNames;
    private readonly int[] _starts;

    private ImageFolder(string path, SampleFiles images, ClassFolderListing listing)
    {
        Path = path;
        _images = images;
        _classNames = listing.ClassNames;
        _starts = listing.Starts();
    }

    /// <summary>The full path of the folder or zip file.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public override int Count => _images.Count;

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassNames => _classNames;

    /// <summary>Looks through a folder or a zip file.</summary>
    /// <param name="path">The folder or zip file. Folders that hold everything else of a zip file are stepped into.</param>
    /// <param name="subfolder">The folder inside that holds the class folders, for example "train" or "photos/train"; null means the
    /// top.</param>
    /// <param name="classNames">All classes in the order of their numbers, those of the training part or of a model for example, so that a
    /// part that lacks a class gets the same numbers; a folder that is none of them is an error. Default: null, the names of the
    /// folders.</param>
    /// <returns>The set; the caller disposes it, which closes the zip file.</returns>
    /// <exception cref="ArgumentException">A class name is empty or given twice.</exception>
    /// <exception cref="DatasetException">There is no such file or folder, no class folder, no image, or a folder of a class that was not
    /// given; or the zip file is damaged, encrypted, uses another compression than deflate, or claims images of more than 256
    /// MiB.</exception>
    public static ImageFolder Open(string path, string? subfolder = null, IReadOnlyList<string>? classNames = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string full = System.IO.Path.GetFullPath(path);
        string inside = ClassFolderListing.Subfolder(subfolder);
        ClassFolderListing listing = new(ClassFileKind.Image, classNames);
        if (Directory.Exists(full))
        {
            return new ImageFolder(full, FolderFiles.Open(full, inside, listing), listing);
        }

        return File.Exists(full)
            ? new ImageFolder(full, ZipFiles.Open(full, inside, listing), listing)
            : throw new DatasetException(
                $"There is no folder or zip file '{full}'. Check the path; a relative one starts at '{Environment.CurrentDirectory}'.");
    }

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
        return _images.NameOf(index);
    }

    /// <inheritdoc/>
    /// <exception cref="DatasetException">Its bytes could not be read; the message names the file.</exception>
    public override Sample Read(int index) => new(NameOf(index), LabelOf(index), new EncodedImage(_images.Read(index)));

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
        return _images.MarkOf(index);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _images.Dispose();
        base.Dispose(disposing);
    }
}
