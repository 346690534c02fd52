using System.Text;

namespace TransferLearning;

/// <summary>Images named one by one in a CSV or TSV file, with a label beside each.</summary>
/// <remarks>
/// <para>Without a header the first field of a line is the path and the second the label. A first line that names a column
/// <c>path</c>, <c>file</c>, <c>filename</c> or <c>image</c> and one <c>label</c> or <c>class</c> is a header; other columns are skipped,
/// as are empty lines. Fields may stand in quotes. The text is UTF-8; fields are separated by commas, in a file ending in <c>.tsv</c>
/// by tabs.</para>
/// <para>The classes are the different labels: in the order of their value if all are whole numbers, else in ordinal order. The samples
/// keep the order of the file and are called by their path as written there.</para>
/// </remarks>
public sealed class ImageList : Dataset
{
    private const int LongestLine = 1 << 16;

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

    /// <summary>Reads the listing, and sees whether every image is there.</summary>
    /// <param name="listing">The CSV or TSV file.</param>
    /// <param name="folder">The folder that relative paths start at; null means the one of the listing.</param>
    /// <returns>The set.</returns>
    /// <exception cref="DatasetException">
    /// The file is missing or empty, a line lacks its path or label or cannot be taken apart, or an image is missing; the message
    /// gives the line.
    /// </exception>
    public static ImageList Open(string listing, string? folder = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(listing);
        string full = Path.GetFullPath(listing);
        string root = Path.GetFullPath(folder ?? Path.GetDirectoryName(full)!);
        List<string> paths = new();
        LabelNumbers numbers = new();
        List<int> found = new();
        foreach ((int line, string path, string label) in Rows(full))
        {
            string image = Path.Combine(root, path);
            if (!File.Exists(image))
            {
                throw new DatasetException(
                    $"'{full}', line {line}: there is no image '{image}'. " +
                    "Correct the path, or name the folder that the paths start at.");
            }

            paths.Add(path);
            found.Add(numbers.Seen(label));
        }

        if (paths.Count == 0)
        {
            throw new DatasetException($"'{full}' lists no image. Expected one line for each: its path and its label.");
        }

        (string[] classNames, int[] final) = numbers.InOrder();
        return new ImageList(full, FolderFiles.Of(root, paths), classNames, [.. found.Select(number => final[number])]);
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
    public override string ToString() => $"'{_listing}'";

    /// <inheritdoc/>
    protected internal override long ContentMark(int index)
    {
        CheckIndex(index);
        return _images.MarkOf(index);
    }

    private static IEnumerable<(int Line, string Path, string Label)> Rows(string listing)
    {
        char separator = listing.EndsWith(".tsv", StringComparison.OrdinalIgnoreCase) ? '\t' : ',';
        int pathColumn = 0, labelColumn = 1, line = 0;
        foreach (string text in Lines(listing))
        {
            line++;
            if (text.Trim().Length == 0)
            {
                continue;
            }

            List<string> fields = Fields(text, separator, listing, line);
            if (line == 1 && Column(fields, PathColumns) is { } path && Column(fields, LabelColumns) is { } label)
            {
                (pathColumn, labelColumn) = (path, label);
                continue;
            }

            if (fields.Count <= Math.Max(pathColumn, labelColumn) || fields[pathColumn].Length == 0 || fields[labelColumn].Length == 0)
            {
                throw new DatasetException(
                    $"'{listing}', line {line}: expected a path and a label, separated by a {(separator == '\t' ? "tab" : "comma")}; " +
                    $"found '{text[..Math.Min(text.Length, 100)]}'.");
            }

            yield return (line, fields[pathColumn], fields[labelColumn]);
        }
    }

    private static int? Column(List<string> fields, string[] names)
        => fields.FindIndex(field => names.Contains(field, StringComparer.OrdinalIgnoreCase)) is >= 0 and int found ? found : null;

    private static List<string> Fields(string text, char separator, string listing, int line)
    {
        try
        {
            return text.Length <= LongestLine
                ? DelimitedLine.Fields(text, separator)
                : throw new FormatException($"it has more than {LongestLine} characters");
        }
        catch (FormatException exception)
        {
            throw new DatasetException(
                $"'{listing}', line {line}, cannot be read: {exception.Message}. Expected a path and a label.", exception);
        }
    }

    private static IEnumerable<string> Lines(string listing)
    {
        using StreamReader reader = Reader(listing);
        while (reader.ReadLine() is { } line)
        {
            yield return line;
        }
    }

    private static StreamReader Reader(string listing)
    {
        try
        {
            return new StreamReader(listing, Encoding.UTF8);
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            throw new DatasetException(
                $"'{listing}' cannot be opened: {exception.Message} Expected a CSV or TSV file of paths and labels.", exception);
        }
    }
}
