namespace TransferLearning;

/// <summary>
/// Images in one folder for each class, in a folder or straight in a zip or tar file. The classes are the names of the folders in ordinal
/// order;
/// the images may lie at any depth below them and end in jpg, jpeg, jpe, jfif, jif, png, webp, gif, bmp, dib, ppm, pgm, pbm or pnm, or in
/// what else a given codec decodes, in small or capital letters.
/// </summary>
/// <remarks>
/// Order and labels are those of torchvision's <c>ImageFolder</c>. Hidden files and folders (a leading dot), those that systems leave
/// behind (<c>$RECYCLE.BIN</c>, <c>@eaDir</c>, <c>lost+found</c>, <c>__MACOSX</c>, ...) and other kinds of files are skipped, as are images
/// beside the class folders. An empty class folder is a class without samples, which <see cref="object.ToString"/> names. Nothing is read
/// but
/// names until a sample is asked for, and an archive is never unpacked. A sample is called by its path below the folder or inside the
/// archive.
/// </remarks>
public sealed class ImageFolder : ClassFolder
{
    private ImageFolder(FoundSamples found)
        : base(found)
    {
    }

    /// <summary>Looks through a folder, a zip file or a tar file.</summary>
    /// <param name="path">The folder, zip file or tar file. Folders that hold everything else of an archive are stepped into.</param>
    /// <param name="subfolder">The folder inside that holds the class folders, for example "train" or "photos/train"; null means the
    /// top.</param>
    /// <param name="classNames">All classes in the order of their numbers, those of the training part or of a model for example, so that a
    /// part that lacks a class gets the same numbers; a folder that is none of them is an error. Default: null, the names of the
    /// folders.</param>
    /// <param name="codec">What says which endings are images: the codec that the model decodes with. Default: null,
    /// <see cref="ImageCodec.Default"/>.</param>
    /// <returns>The set; the caller disposes it, which closes the archive.</returns>
    /// <exception cref="ArgumentException">A class name is empty or given twice.</exception>
    /// <exception cref="DatasetException">There is no such file or folder, no class folder, no image, or a folder of a class that was not
    /// given; or the archive is damaged, encrypted, uses another compression than deflate, or claims images of more than 256
    /// MiB.</exception>
    public static ImageFolder Open(
        string path, string? subfolder = null, IReadOnlyList<string>? classNames = null, IImageCodec? codec = null)
        => new(Find(path, subfolder, classNames, ClassFileKind.Images(codec)));

    /// <inheritdoc/>
    private protected override SampleContent ContentOf(byte[] bytes) => new EncodedImage(bytes);
}
