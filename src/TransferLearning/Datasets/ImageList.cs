namespace TransferLearning;

/// <summary>Images named one by one in a CSV or TSV file, with a label beside each.</summary>
/// <remarks>
/// <para>Without a header the first field of a row is the path and the second the label. A first row that names a column
/// <c>path</c>, <c>file</c>, <c>filename</c> or <c>image</c> and one <c>label</c> or <c>class</c> is a header; other columns are skipped,
/// as are empty lines. All rows have as many fields as the first. The text is UTF-8, plain or gzip; fields are separated by commas and may
/// stand in quotes (RFC 4180), in a file ending in <c>.tsv</c> by tabs, without quotes.</para>
/// <para>The classes are the different labels: in the order of their value if all are whole numbers, else in ordinal order; or those that
/// are given. The samples keep the order of the file and are called by their path as written there.</para>
/// </remarks>
public sealed class ImageList : Dataset
{
    private static readonly string[] PathColumns = ["path", "file", "filename", "image"];
    private static readonly string[] LabelColumns = ["label", "class"];

    private readonly string _listing;
    private readonly FolderFiles _images;
    private readonly string[] _classNames;
    private readonly int[] _labels;

    private ImageList(string listing, FolderFiles images, string[] classNames, int[] labels)
    {
        _listing = listing;
        _images = images;
        _classNames = classNames;
        _labels = labels;
    }

    /// <inheritdoc/>
    public override int Count => _labels.Length;

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassNames => _classNames;

    /// <summary>Reads the listing, and checks that every image is there.</summary>
    /// <param name="listing">The CSV or TSV file.</param>
    /// <param name="folder">The folder that relative paths start at; null means the one of the listing.</param>
    /// <param name="classNames">
    /// All classes in the order of their numbers, so that another part of a data set gets the same ones; another label is an error.
    /// Default: null, the labels that occur.
    /// </param>
    /// <returns>The set.</returns>
    /// <exception cref="ArgumentException">A class name is empty or given twice.</exception>
    /// <exception cref="DatasetException">
    /// The file is missing or empty, a row lacks its path or label, has more or fewer fields than the first one, cannot be parsed or has a
    /// label of no class, or an image is missing; the message gives the line.
    /// </exception>
    public static ImageList Open(string listing, string? folder = null, IReadOnlyList<string>? classNames = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(listing);
        string full = Path.GetFullPath(listing);
        string root = Path.GetFullPath(folder ?? Path.GetDirectoryName(full)!);
        LabelNumbers numbers = new(classNames);
        List<string> paths = [];
        List<int> labels = [];
        using TextBytes source = TextBytes.Open(full, TextFileOptions.DefaultMaximumUnpackedBytes);
        ForEachRow(source, (row, path, label) =>
        {
            string image = Path.Combine(root, path);
            if (!File.Exists(image))
            {
                throw row.Error($"there is no image '{image}'. Correct the path, or name the folder that the paths start at.");
            }

            paths.Add(path);
            labels.Add(numbers.Seen(label));
        });
        if (paths.Count == 0)
        {
            throw new DatasetException($"'{full}' lists no image. Expected one line for each: its path and its label.");
        }

        (string[] names, int[] final) = numbers.InOrder();
        return new ImageList(full, FolderFiles.Of(root, paths), names, [.. labels.Select(label => final[label])]);
    }

    /// <inheritdoc/>
    public override int LabelOf(int index)
    {
        CheckIndex(index);
        return _labels[index];
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
    public override string ToString() => LabelNumbers.Described($"'{_listing}'", _classNames, _labels);

    /// <inheritdoc/>
    protected internal override long ContentMark(int index)
    {
        CheckIndex(index);
        return _images.MarkOf(index);
    }

    private delegate void RowAction(TextRow row, string path, string label);

    private static void ForEachRow(TextBytes source, RowAction action)
    {
        DelimitedFormat format = DelimitedFormat.Of(source.Name);
        DelimitedRows rows = new(format);
        int pathColumn = 0, labelColumn = 1;
        bool isFirst = true;
        format.ForEachRow(source, row =>
        {
            try
            {
                string text = row.Text();
                if (isFirst)
                {
                    isFirst = false;
                    IReadOnlyList<string> first = rows.First(
                        text, fields => Column(fields, PathColumns) >= 0 && Column(fields, LabelColumns) >= 0);
                    if (rows.HasHeader)
                    {
                        (pathColumn, labelColumn) = (Column(first, PathColumns), Column(first, LabelColumns));
                        return;
                    }
                }

                IReadOnlyList<string> fields = rows.Fields(text);
                string path = Field(fields, pathColumn), label = Field(fields, labelColumn);
                if (path.Length == 0 || label.Length == 0)
                {
                    string separator = format.Separator == '\t' ? "tab" : "comma";
                    throw new FormatException(
                        $"expected a path and a label, separated by a {separator}; found '{DelimitedRows.Shown(text)}'");
                }

                action(row, path, label);
            }
            catch (FormatException exception)
            {
                throw row.Error($"{exception.Message}.", exception);
            }
        });
    }

    private static string Field(IReadOnlyList<string> fields, int column) => column < fields.Count ? fields[column].Trim() : "";

    private static int Column(IReadOnlyList<string> fields, string[] names)
        => fields.Select(field => field.Trim()).ToList().FindIndex(field => names.Contains(field, StringComparer.OrdinalIgnoreCase));
}
