using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace TransferLearning.Cli;

/// <summary>A place that holds samples, recognised by the names of its files and never by running anything.</summary>
/// <param name="Path">The folder, archive or listing.</param>
/// <param name="Kind">What the samples are.</param>
/// <param name="Form">How they lie there.</param>
/// <param name="Parts">The folders for parts of the data that it has: train, val, test.</param>
/// <param name="Columns">Which columns are read.</param>
internal sealed record DataSource(string Path, DataKind Kind, DataForm Form, IReadOnlyList<string> Parts, DataColumns Columns)
{
    private const int NamesLookedAt = 20_000;
    private const int CharactersLookedAt = 4096;

    private static readonly string[] TrainingNames = ["train", "training"];
    private static readonly string[] ValidationNames = ["val", "valid", "validation", "dev", "test", "eval"];
    private static readonly string[] EvaluationNames = ["test", "val", "valid", "validation", "dev", "eval"];

    private static readonly (DataKind Kind, string[] Endings)[] Endings =
    [
        (DataKind.Images, [.. ImageCodec.Default.Extensions.Select(extension => $".{extension}"), ".tif", ".tiff", ".tga"]),
        (DataKind.Sounds, [.. AudioFolder.Extensions.Select(extension => $".{extension}")]),
        (DataKind.Texts, [".txt"]),
    ];

    /// <summary>The part to train on; null where there are no parts.</summary>
    public string? TrainingPart => Parts.FirstOrDefault(part => TrainingNames.Contains(part, StringComparer.OrdinalIgnoreCase));

    /// <summary>The part to validate on; null where there is none.</summary>
    public string? ValidationPart => Find(ValidationNames);

    /// <summary>The part to evaluate on; null where there is none.</summary>
    public string? EvaluationPart => Find(EvaluationNames);

    /// <summary>Looks at the names in a place.</summary>
    /// <exception cref="UsageException">There is nothing there, or nothing that is recognised.</exception>
    public static DataSource Recognise(string path, DataKind? kind, DataColumns columns)
    {
        bool isFolder = Directory.Exists(path);
        if (!isFolder && !File.Exists(path))
        {
            throw new UsageException(
                $"There is no folder or file '{path}'. Check the path; a relative one starts at '{Environment.CurrentDirectory}'.");
        }

        bool isZip = HasEnding(path, ".zip"), isTar = HasEnding(path, ".tar");
        if (!isFolder && !isZip && !isTar)
        {
            DataKind? listed = kind ?? KindOf(FirstFields(path));
            return listed is DataKind.Images or DataKind.Sounds && columns.Text is null
                ? new DataSource(path, listed.Value, DataForm.Listing, [], columns)
                : new DataSource(path, DataKind.Texts, DataForm.Rows, [], columns);
        }

        string[] names = [.. (isFolder ? InFolder(path) : isZip ? InZip(path) : InTar(path)).Take(NamesLookedAt)];
        DataKind found = kind ?? KindOf(names)
            ?? throw new UsageException(
                $"'{path}' holds no images (jpg, png, webp, ...), sounds (wav, flac, ogg, mp3) or texts (txt) that are recognised by their "
                    + "names. Expected one folder for each class, such as cats/1.jpg.");
        columns.RequireNone($"'{path}'");
        string[] firsts = [.. names.Select(name => name.Split('/')).Where(parts => parts.Length > 1).Select(parts => parts[0]).Distinct()];
        return new DataSource(
            path, found, DataForm.ClassFolders, firsts.Any(IsTraining) && firsts.All(IsPart) ? firsts : [], columns);
    }

    /// <summary>Opens the samples of a part.</summary>
    /// <param name="part">The part; null for everything.</param>
    /// <param name="classNames">The classes in the order of their numbers; null for those that occur.</param>
    /// <returns>The set; the caller disposes it.</returns>
    public Dataset Open(string? part = null, IReadOnlyList<string>? classNames = null)
    {
        if (part is not null && Form != DataForm.ClassFolders)
        {
            throw new UsageException($"'{Path}' is one list of samples and has no part '{part}'.");
        }

        return (Kind, Form) switch
        {
            (DataKind.Images, DataForm.ClassFolders) => ImageFolder.Open(Path, part, classNames),
            (DataKind.Sounds, DataForm.ClassFolders) => AudioFolder.Open(Path, part, classNames),
            (DataKind.Texts, DataForm.ClassFolders) => TextFolder.Open(Path, part, classNames),
            (DataKind.Images, _) => ImageList.Open(Path, new ImageListOptions
            {
                Path = Columns.Path,
                Label = Columns.Label,
                Target = Columns.Target,
                LabelSeparator = Columns.LabelSeparator,
                ClassNames = Columns.Target is null ? classNames : null,
            }),
            (DataKind.Sounds, _) => AudioList.Open(Path, new AudioListOptions
            {
                Path = Columns.Path,
                Label = Columns.Label,
                Target = Columns.Target,
                LabelSeparator = Columns.LabelSeparator,
                ClassNames = Columns.Target is null ? classNames : null,
            }),
            _ => TextFile.Open(Path, new TextFileOptions
            {
                Text = Columns.Text ?? "text",
                Pair = Columns.Pair,
                Label = Columns.Target is null ? Columns.Label ?? "label" : null,
                Target = Columns.Target,
                LabelSeparator = Columns.LabelSeparator,
                ClassNames = Columns.Target is null ? classNames : null,
            }),
        };
    }

    public override string ToString()
    {
        string what = Kind.ToString().ToLowerInvariant();
        string form = Form switch
        {
            DataForm.ClassFolders => $"{what} in class folders",
            DataForm.Listing => $"a listing of {what}",
            _ => "rows of texts",
        };
        return $"'{Path}': {form}{(Parts.Count > 0 ? $", in the parts {string.Join(", ", Parts)}" : "")}";
    }

    private string? Find(string[] names)
        => names.Select(name => Parts.FirstOrDefault(part => part.Equals(name, StringComparison.OrdinalIgnoreCase)))
            .FirstOrDefault(part => part is not null);

    private static bool IsTraining(string name) => TrainingNames.Contains(name, StringComparer.OrdinalIgnoreCase);

    private static bool IsPart(string name) => IsTraining(name) || ValidationNames.Contains(name, StringComparer.OrdinalIgnoreCase);

    private static bool HasEnding(string name, string ending) => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase);

    private static DataKind? KindOf(IReadOnlyList<string> names)
    {
        (DataKind Kind, int Count) most = Endings
            .Select(kind => (kind.Kind, names.Count(name => kind.Endings.Any(ending => HasEnding(name, ending)))))
            .MaxBy(kind => kind.Item2);
        return most.Count > 0 ? most.Kind : null;
    }

    private static IEnumerable<string> InFolder(string path)
        => Directory.EnumerateFiles(path, "*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true })
            .Select(file => System.IO.Path.GetRelativePath(path, file).Replace('\\', '/'));

    private static List<string> InZip(string path)
    {
        using ZipArchive archive = ZipFile.OpenRead(path);
        return [.. archive.Entries.Take(NamesLookedAt).Select(entry => entry.FullName)];
    }

    private static IEnumerable<string> InTar(string path)
    {
        using FileStream file = File.OpenRead(path);
        using TarReader reader = new(file);
        while (reader.GetNextEntry() is { } entry)
        {
            yield return entry.Name;
        }
    }

    // The fields of the first rows, whatever stands between them.
    private static string[] FirstFields(string path)
    {
        using FileStream file = File.OpenRead(path);
        using Stream unpacked = HasEnding(path, ".gz") ? new GZipStream(file, CompressionMode.Decompress) : file;
        using StreamReader reader = new(unpacked, Encoding.UTF8);
        char[] start = new char[CharactersLookedAt];
        int count = reader.ReadBlock(start);
        return new string(start, 0, count).Split([',', '\t', '\n', '\r', ';', '"'], StringSplitOptions.RemoveEmptyEntries);
    }
}
