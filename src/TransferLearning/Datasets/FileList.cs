using System.Globalization;
using System.IO.Hashing;

namespace TransferLearning;

/// <summary>
/// Files named one by one in a listing, with what is to be learned beside each: what <see cref="ImageList"/> and <see cref="AudioList"/>
/// have in common.
/// </summary>
public abstract class FileList : Dataset
{
    private static readonly string[] JsonEndings = [".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz"];

    private readonly string _listing;
    private readonly FolderFiles _files;
    private readonly string[] _classNames;
    private readonly int[] _labels;
    private readonly Target[]? _targets; // null where each file has one class

    private protected FileList(ListedFiles listed)
        => (_listing, _files, _classNames, _labels, _targets) =
            (listed.Listing, listed.Files, listed.ClassNames, listed.Labels, listed.Targets);

    /// <inheritdoc/>
    public override int Count => _labels.Length;

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassNames => _classNames;

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
        return _files.NameOf(index);
    }

    /// <inheritdoc/>
    /// <exception cref="DatasetException">Its bytes could not be read; the message names the file.</exception>
    public override Sample Read(int index) => new(NameOf(index), ContentOf(_files.Read(index)), TargetOf(index));

    /// <inheritdoc/>
    public override string ToString()
    {
        IEnumerable<int> seen = _targets is null ? _labels
            : _targets is [NumberTarget or TextTarget, ..] ? [0]
            : _targets.SelectMany(target => target.ClassNumbers);
        return LabelNumbers.Described($"'{_listing}'", _classNames, seen);
    }

    /// <inheritdoc/>
    protected internal override long ContentMark(int index)
    {
        CheckIndex(index);
        return _files.MarkOf(index) ^ (_targets is null ? 0 : (long)XxHash3.HashToUInt64(_targets[index].ToBytes().Span));
    }

    /// <summary>What a sample holds whose file has these bytes.</summary>
    private protected abstract SampleContent ContentOf(byte[] bytes);

    /// <summary>Reads a listing, and checks that every file is there.</summary>
    private protected static ListedFiles List(string listing, FileListOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(listing);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        string full = Path.GetFullPath(listing);
        string root = Path.GetFullPath(options.Folder ?? Path.GetDirectoryName(full)!);
        LabelNumbers seen = new(options.ClassNames);
        List<string> paths = [];
        List<int[]> labels = [];
        List<Target> given = [];
        using TextBytes source = TextBytes.Open(full, TextFileOptions.DefaultMaximumUnpackedBytes);
        ForEachRow(source, options, (row, path, target) =>
        {
            string file = Path.Combine(root, path);
            if (!File.Exists(file))
            {
                throw row.Error($"there is no {options.Noun} '{file}'. Correct the path, or name the folder that the paths start at.");
            }

            if (!options.Includes(path))
            {
                throw row.Error($"'{file}' is no {options.Noun} by its ending. Correct the path, or give the codec that decodes it.");
            }

            paths.Add(path);
            if (options.TextColumn is not null)
            {
                given.Add(new TextTarget(target));
            }
            else if (options.Target is { } column)
            {
                given.Add(new NumberTarget(Number(target, column)));
            }
            else
            {
                labels.Add([.. Labels(target, options.LabelSeparator).Select(seen.Seen)]);
            }
        });
        if (paths.Count == 0)
        {
            throw new DatasetException($"'{full}' lists no {options.Noun}. Expected one line for each: its path and {Wanted(options)}.");
        }

        FolderFiles files = FolderFiles.Of(root, paths);
        if (given.Count > 0)
        {
            return new ListedFiles(full, files, [options.Noun], new int[paths.Count], [.. given]);
        }

        (string[] names, int[] final) = seen.InOrder();
        int[] first = [.. labels.Select(own => own.Length > 0 ? final[own[0]] : 0)];
        Target[]? several = options.LabelSeparator is null
            ? null
            : [.. labels.Select(own => new LabelsTarget([.. own.Select(label => final[label]).Distinct().Order()]))];
        return new ListedFiles(full, files, names, first, several);
    }

    /// <summary>What a listing holds.</summary>
    private protected sealed record ListedFiles(string Listing, FolderFiles Files, string[] ClassNames, int[] Labels, Target[]? Targets);

    private delegate void RowAction(TextRow row, string path, string target);

    private static void ForEachRow(TextBytes source, FileListOptions options, RowAction action)
    {
        if (JsonEndings.Any(ending => source.Name.EndsWith(ending, StringComparison.OrdinalIgnoreCase)))
        {
            ForEachJson(source, options, action);
            return;
        }

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
                        : Numbered(options.Target ?? options.TextColumn ?? options.Label ?? "1", first, options);
                    if (rows.HasHeader)
                    {
                        return;
                    }
                }

                IReadOnlyList<string> fields = rows.Fields(text);
                string path = Field(fields, pathColumn), target = Field(fields, targetColumn);
                if (path.Length == 0 || (target.Length == 0 && options.LabelSeparator is null && options.TextColumn is null))
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

    private static void ForEachJson(TextBytes source, FileListOptions options, RowAction action)
    {
        TextColumns.Json rows = new();
        rows.ForEachRow(source, row =>
        {
            try
            {
                string text = row.Text();
                rows.TakeFirst(text);
                Func<string, string[]> values = rows.Row(text);
                string[] target = values(options.TargetColumns.FirstOrDefault(rows.Has) ?? options.TargetColumns[0]);
                string path = values(options.PathColumns.FirstOrDefault(rows.Has) ?? options.PathColumns[0]) is [{ Length: > 0 } one]
                    ? one
                    : throw new FormatException($"expected one path; found '{DelimitedRows.Shown(text)}'");
                action(row, path, target.Length == 1 || options.LabelSeparator is null
                    ? target is [string only] ? only
                        : throw new FormatException($"expected {Wanted(options)}; found {target.Length} values")
                    : string.Join(options.LabelSeparator.Value, target));
            }
            catch (FormatException exception)
            {
                throw row.Error($"{exception.Message.TrimEnd('.')}.", exception);
            }
        });
    }

    private static string Wanted(FileListOptions options)
        => options.Target is not null ? "its number" : options.TextColumn is not null ? "its text" : options.LabelSeparator is null
            ? "a label" : "its labels";

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
    private static int Numbered(string number, IReadOnlyList<string> first, FileListOptions options)
        => int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int place)
            ? place
            : throw new FormatException(
                $"the first row ({DelimitedRows.Shown(string.Join(", ", first))}) does not name a column of paths "
                + $"({string.Join(" or ", options.PathColumns)}) and one of targets ({string.Join(" or ", options.TargetColumns)}). "
                + "Set both in the options; in a file without a header columns are called by their numbers, '0', '1', …");
}
