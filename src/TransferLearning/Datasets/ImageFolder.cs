namespace TransferLearning;

/// <summary>
/// Images in one folder for each class, in a folder or straight in a zip file. The classes are the names of the folders in
/// ordinal order; the images may lie at any depth below them and end in jpg, jpeg, png, webp, gif or bmp, in small or capital letters.
/// </summary>
/// <remarks>
/// Order and labels are those of torchvision's <c>ImageFolder</c>. Hidden files and folders (a leading dot) and other kinds
/// of files are skipped, as are images beside the class folders. Nothing is read but names until a sample is asked for, and
/// a zip file is never unpacked. A sample is called by its path below the folder or inside the archive.
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
    /// <param name="subfolder">
    /// The folder inside that holds the class folders, for example "train" or "photos/train"; null means the top.
    /// </param>
    /// <returns>The set; the caller disposes it, which closes the zip file.</returns>
    /// <exception cref="DatasetException">
    /// There is no such file or folder, no class folder, or a class without an image; or the zip file is damaged, encrypted, uses
    /// another compression than deflate, or claims images of more than 256 MiB.
    /// </exception>
    public static ImageFolder Open(string path, string? subfolder = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string full = System.IO.Path.GetFullPath(path);
        string inside = ClassFolderListing.Subfolder(subfolder);
        ClassFolderListing listing = new(ClassFileKind.Image);
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
        return found >= 0 ? found : ~found - 1;
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
    public override string ToString() => $"'{Path}'";

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
