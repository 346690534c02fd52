namespace TransferLearning;

/// <summary>Images named one by one in a CSV, TSV or JSON-lines file, with a class, several labels or a number beside each.</summary>
/// <remarks>
/// <para>Without a header the first field of a row is the path and the second the label. A first row that names a column <c>path</c>,
/// <c>file</c>, <c>filename</c> or <c>image</c> and one <c>label</c> or <c>class</c>, or those of the options, is a header; other columns
/// are skipped, as are empty lines. All rows have as many fields as the first. The text is UTF-8, plain or gzip; fields are separated by
/// commas and may stand in quotes (RFC 4180), in a file ending in <c>.tsv</c> by tabs, without quotes. In a file ending in
/// <c>.jsonl</c> each line is an object that has these fields.</para>
/// <para>The classes are the different labels: in the order of their value if all are whole numbers, else in ordinal order; or those that
/// are given. The samples keep the order of the file and are called by their path as written there.</para>
/// </remarks>
public sealed class ImageList : FileList
{
    private ImageList(ListedFiles listed)
        : base(listed)
    {
    }

    /// <summary>Reads a listing of images of one class each, and checks that every image is there.</summary>
    /// <param name="listing">The CSV, TSV or JSON-lines file.</param>
    /// <param name="folder">The folder that relative paths start at; null means the one of the listing.</param>
    /// <param name="classNames">All classes in the order of their numbers, so that another part of a data set gets the same ones; another
    /// label is an error. Default: null, the labels that occur.</param>
    /// <inheritdoc cref="Open(string, ImageListOptions)" path="/returns|/exception|/remarks"/>
    public static ImageList Open(string listing, string? folder = null, IReadOnlyList<string>? classNames = null)
        => Open(listing, new ImageListOptions { Folder = folder, ClassNames = classNames });

    /// <summary>Reads a listing, and checks that every image is there.</summary>
    /// <param name="listing">The CSV, TSV or JSON-lines file.</param>
    /// <param name="options">Which columns are read, and as what.</param>
    /// <returns>The set.</returns>
    /// <exception cref="ArgumentException">A class name is empty or given twice, or labels and a number are asked for at once.</exception>
    /// <exception cref="DatasetException">The file is missing or empty, a column is missing, a row lacks its path, label or number, has
    /// more or fewer fields than the first, cannot be parsed or has a label of no class, or an image is missing; the message gives the
    /// line.</exception>
    public static ImageList Open(string listing, ImageListOptions options) => new(List(listing, options));

    /// <inheritdoc/>
    private protected override SampleContent ContentOf(byte[] bytes) => new EncodedImage(bytes);
}
