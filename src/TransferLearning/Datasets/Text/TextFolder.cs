namespace TransferLearning;

/// <summary>Texts in one folder for each class. The classes are the names of the folders in ordinal order; the texts may lie at any depth
/// below them, one in each file that ends in txt, as UTF-8.</summary>
/// <remarks>
/// Hidden files and folders (a leading dot), those that systems leave behind (<c>$RECYCLE.BIN</c>, <c>@eaDir</c>, <c>lost+found</c>, ...)
/// and other kinds of files are skipped, as are texts beside the class folders. An empty class folder is a class without samples, which the
/// set's description names. Nothing is read but names until a sample is asked for. A sample is called by its path below the folder.
/// </remarks>
public static class TextFolder
{
    /// <summary>Looks through a folder.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="subfolder">The folder inside that holds the class folders, for example "train"; null means the top.</param>
    /// <param name="classNames">All classes in the order of their numbers, those of the training part or of a model for example, so that a
    /// part that lacks a class gets the same numbers; a folder that is none of them is an error. Default: null, the names of the
    /// folders.</param>
    /// <returns>The set; its contents are <see cref="TextContent"/>.</returns>
    /// <exception cref="ArgumentException">A class name is empty or given twice.</exception>
    /// <exception cref="DatasetException">There is no such folder, no class folder, no text, or a folder of a class that was not
    /// given.</exception>
    public static Dataset Open(string path, string? subfolder = null, IReadOnlyList<string>? classNames = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string full = Path.GetFullPath(path);
        if (!Directory.Exists(full))
        {
            throw new DatasetException(
                $"There is no folder '{full}'. Check the path; a relative one starts at '{Environment.CurrentDirectory}'.");
        }

        ClassFolderListing listing = new(ClassFileKind.Text, classNames);
        FolderFiles files = FolderFiles.Open(full, ClassFolderListing.Subfolder(subfolder), listing);
        int[] starts = listing.Starts();
        int[] labels = [.. Enumerable.Range(0, listing.ClassNames.Length).SelectMany(
            label => Enumerable.Repeat(label, starts[label + 1] - starts[label]))];
        return new TextDataset(new FolderTexts(full, files), labels, listing.ClassNames);
    }
}
