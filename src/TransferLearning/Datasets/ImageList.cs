using System.IO.Hashing;

namespace TransferLearning;

/// <summary>Images named one by one in a CSV or TSV file, with a class, several labels or a number beside each.</summary>
/// <remarks>
/// <para>Without a header the first field of a row is the path and the second the label. A first row that names a column <c>path</c>,
/// <c>file</c>, <c>filename</c> or <c>image</c> and one <c>label</c> or <c>class</c>, or those of the options, is a header; other columns
/// are skipped, as are empty lines. All rows have as many fields as the first. The text is UTF-8, plain or gzip; fields are separated by
/// commas and may stand in quotes (RFC 4180), in a file ending in <c>.tsv</c> by tabs, without quotes.</para>
/// <para>The classes are the different labels: in the order of their value if all are whole numbers, else in ordinal order; or those that
/// are given. The samples keep the order of the file and are called by their path as written there.</para>
/// </remarks>
public sealed class ImageList : Dataset
{
    private static readonly string[] NoClasses = ["image"];

    private readonly string _listing;
    private readonly FolderFiles _images;
    private readonly string[] _classNames;
    private readonly int[] _labels;
    private readonly Target[]? _targets; // null where each image has one class

    private ImageList(string listing, FolderFiles images, string[] classNames, int[] labels, Target[]? targets)
        => (_listing, _images, _classNames, _labels, _targets) = (listing, images, classNames, labels, targets);

    /// <inheritdoc/>
    public override int Count => _labels.Length;

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassNames => _classNames;

    /// <summary>Reads a listing of images of one class each, and checks that every image is there.</summary>
    /// <param name="listing">The CSV or TSV file.</param>
    /// <param name="folder">The folder that relative paths start at; null means the one of the listing.</param>
    /// <param name="classNames">All classes in the order of their numbers, so that another part of a data set gets the same ones; another
    /// label is an error. Default: null, the labels that occur.</param>
    /// <inheritdoc cref="Open(string, ImageListOptions)"/>
    public static ImageList Open(string listing, string? folder = null, IReadOnlyList<string>? classNames = null)
        => Open(listing, new ImageListOptions { Folder = folder, ClassNames = classNames });

    /// <summary>Reads a listing, and checks that every image is there.</summary>
    /// <param name="listing">The CSV or TSV file.</param>
    /// <param name="options">Which columns are read, and as what.</param>
    /// <returns>The set.</returns>
    /// <exception cref="ArgumentException">A class name is empty or given twice, or labels and a number are asked for at once.</exception>
    /// <exception cref="DatasetException">The file is missing or empty, a column is missing, a row lacks its path, label or number, has
    /// more or fewer fields than the first, cannot be parsed or has a label of no class, or an image is missing; the message gives the
    /// line.</exception>
    public static ImageList Open(string listing, ImageListOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(listing);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        string full = Path.GetFullPath(listing);
        string root = Path.GetFullPath(options.Folder ?? Path.GetDirectoryName(full)!);
        LabelNumbers seen = new(options.ClassNames);
        List<string> paths = [];
        List<int[]> labels = [];
        List<Target> numbers = [];
        using TextBytes source = TextBytes.Open(full, TextFileOptions.DefaultMaximumUnpackedBytes);
        ForEachRow(source, options, (row, path, target) =>
        {
            string image = Path.Combine(root, path);
            if (!File.Exists(image))
            {
                throw row.Error($"there is no image '{image}'. Correct the path, or name the folder that the paths start at.");
            }

            paths.Add(path);
            if (options.Target is { } column)
            {
                numbers.Add(new NumberTarget(Number(target, column)));
            }
            else
            {
                labels.Add([.. Labels(target, options.LabelSeparator).Select(seen.Seen)]);
            }
        });
        if (paths.Count == 0)
        {
            throw new DatasetException($"'{full}' lists no image. Expected one line for each: its path and {Wanted(options)}.");
        }

        FolderFiles files = FolderFiles.Of(root, paths);
        if (options.Target is not null)
        {
            return new ImageList(full, files, NoClasses, new int[paths.Count], [.. numbers]);
        }

        (string[] names, int[] final) = seen.InOrder();
        int[] first = [.. labels.Select(own => own.Length > 0 ? final[own[0]] : 0)];
        Target[]? several = options.LabelSeparator is null
            ? null
            : [.. labels.Select(own => new LabelsTarget([.. own.Select(label => final[label]).Distinct().Order()]))];
        return new ImageList(full, files, names, first, several);
    }

    /// <inheritdoc/>
    public override int LabelOf(int index)
    {
        CheckIndex(index);
        return _labels[index];
    }

    /// <inheritdoc/>
    public override Target TargetOf(int index)
    {
        CheckIndex(index);
        return _targets is null ? new ClassTarget(_labels[index]) : _targets[index];
    }

    /// <inheritdoc/>
    public override string NameOf(int index)
    {
        CheckIndex(index);
        return _images.NameOf(index);
    }

    /// <inheritdoc/>
    /// <exception cref="DatasetException">Its bytes could not be read; the message names the file.</exception>
    public override Sample Read(int index) => new(NameOf(index), new EncodedImage(_images.Read(index)), TargetOf(index));

    /// <inheritdoc/>
    public override string ToString()
    {
        IEnumerable<int> seen = _targets is null ? _labels
            : _targets is [NumberTarget, ..] ? [0]
            : _targets.SelectMany(target => target.ClassNumbers);
        return LabelNumbers.Described($"'{_listing}'", _classNames, seen);
    }

    /// <inheritdoc/>
    protected internal override long ContentMark(int index)
    {
        CheckIndex(index);
        return _images.MarkOf(index) ^ (_targets is null ? 0 : (long)XxHash3.HashToUInt64(ContentBytes.Of(_targets[index]).Span));
    }

    private delegate void RowAction(TextRow row, string path, string target);

    private static void ForEachRow(TextBytes source, ImageListOptions options, RowAction action)
    {
        DelimitedFormat format = DelimitedFormat.Of(source.Name);
        DelimitedRows rows = new(format);
        int pathColumn = -1, targetColumn = -1;
        format.ForEachRow(source, row =>
        {
            try
            {
                string text = row.Text();
                if (pathColumn < 0)
                {
                    (IReadOnlyList<string> paths, IReadOnlyList<string> targets) = (options.PathColumns, options.TargetColumns);
                    IReadOnlyList<string> first = rows.First(text, fields => Named(fields, paths) >= 0 && Named(fields, targets) >= 0);
                    pathColumn = rows.HasHeader ? Named(first, paths) : Numbered(options.Path ?? "0", first, options);
                    targetColumn = rows.HasHeader
                        ? Named(first, targets)
                        : Numbered(options.Target ?? options.Label ?? "1", first, options);
                    if (rows.HasHeader)
                    {
                        return;
                    }
                }

                IReadOnlyList<string> fields = rows.Fields(text);
                string path = Field(fields, pathColumn), target = Field(fields, targetColumn);
                if (path.Length == 0 || (target.Length == 0 && options.LabelSeparator is null))
                {
                    string separator = format.Separator == '\t' ? "tab" : "comma";
                    throw new FormatException(
                        $"expected a path and {Wanted(options)}, separated by a {separator}; found '{DelimitedRows.Shown(text)}'");
                }

                action(row, path, target);
            }
            catch (FormatException exception)
            {
                throw row.Error($"{exception.Message.TrimEnd('.')}.", exception);
            }
        });
    }

    private static string Wanted(ImageListOptions options)
        => options.Target is not null ? "its number" : options.LabelSeparator is null ? "a label" : "its labels";

    private static string[] Labels(string field, char? separator)
    {
        const StringSplitOptions Options = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;
        return separator is { } between ? field.Split(between, Options) : [field];
    }

    private static double Number(string field, string column)
        => double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && float.IsFinite((float)number)
            ? number
            : throw new FormatException($"'{field}' in the column '{column}' is not a finite number");

    private static string Field(IReadOnlyList<string> fields, int column) => column < fields.Count ? fields[column].Trim() : "";

    private static int Named(IReadOnlyList<string> fields, IReadOnlyList<string> names)
        => fields.Select(field => field.Trim()).ToList().FindIndex(field => names.Contains(field, StringComparer.OrdinalIgnoreCase));

    /// <summary>The place of a column that a file without a header is asked for.</summary>
    private static int Numbered(string number, IReadOnlyList<string> first, ImageListOptions options)
        => int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int place)
            ? place
            : throw new FormatException(
                $"the first row ({DelimitedRows.Shown(string.Join(", ", first))}) does not name a column of paths "
                + $"({string.Join(" or ", options.PathColumns)}) and one of targets ({string.Join(" or ", options.TargetColumns)}). "
                + "Set both in the options; in a file without a header columns are called by their numbers, '0', '1', …");
}
