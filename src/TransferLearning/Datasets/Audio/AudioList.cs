namespace TransferLearning;

/// <summary>
/// Sounds named one by one in a CSV, TSV or JSON-lines file, with a class, several labels, a number or a transcript beside each; and the
/// layouts of LibriSpeech and Common Voice. The rules of the file are those of <see cref="ImageList"/>.
/// </summary>
public sealed class AudioList : FileList
{
    private const string TranscriptEnding = ".trans.txt";

    private AudioList(ListedFiles listed)
        : base(listed)
    {
    }

    /// <summary>Reads a listing of sounds of one class each, and checks that every sound is there.</summary>
    /// <param name="listing">The CSV, TSV or JSON-lines file.</param>
    /// <param name="folder">The folder that relative paths start at; null means the one of the listing.</param>
    /// <param name="classNames">
    /// All classes in the order of their numbers, so that another part of a data set gets the same ones; another label is an error.
    /// Default: null, the labels that occur.
    /// </param>
    /// <inheritdoc cref="Open(string, AudioListOptions)" path="/returns|/exception|/remarks"/>
    public static AudioList Open(string listing, string? folder = null, IReadOnlyList<string>? classNames = null)
        => Open(listing, new AudioListOptions { Folder = folder, ClassNames = classNames });

    /// <summary>Reads a listing, and checks that every sound is there.</summary>
    /// <param name="listing">The CSV, TSV or JSON-lines file.</param>
    /// <param name="options">Which columns are read, and as what.</param>
    /// <returns>The set.</returns>
    /// <exception cref="ArgumentException">A class name is empty or given twice, or two kinds of targets are asked for at once.</exception>
    /// <exception cref="DatasetException">
    /// The file is missing or empty, a column is missing, a row lacks its path, label or number, has more or fewer fields than the first,
    /// cannot be parsed or has a label of no class, or a sound is missing; the message gives the line.
    /// </exception>
    public static AudioList Open(string listing, AudioListOptions options) => new(List(listing, options));

    /// <summary>
    /// Opens a folder of LibriSpeech's layout (Panayotov et al., 2015): files ending in <c>.trans.txt</c> at any depth, each line a name
    /// and
    /// a transcript, and beside them a sound of each name (<c>.flac</c>, or <c>.wav</c>, <c>.mp3</c>, <c>.ogg</c>, <c>.opus</c>).
    /// </summary>
    /// <param name="folder">The folder, of one part of the corpus ("train-clean-100") or of several.</param>
    /// <returns>The set, whose targets are <see cref="TextTarget"/>, in ordinal order of names.</returns>
    /// <exception cref="DatasetException">There is no such folder or no transcript, or a line has no sound; the message gives the
    /// line.</exception>
    public static AudioList OpenLibriSpeech(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string root = Path.GetFullPath(folder);
        if (!Directory.Exists(root))
        {
            throw new DatasetException($"There is no folder '{root}'. Check the path.");
        }

        string[] transcripts = Directory.GetFiles(root, "*" + TranscriptEnding, SearchOption.AllDirectories);
        Array.Sort(transcripts, StringComparer.Ordinal);
        List<string> paths = [];
        List<Target> texts = [];
        foreach (string transcript in transcripts)
        {
            using TextBytes source = TextBytes.Open(transcript, TextFileOptions.DefaultMaximumUnpackedBytes);
            TextRowScanner.ForEach(source, TextRowShape.Line, row =>
            {
                if (!row.IsBlank)
                {
                    string line = row.Text();
                    int space = line.IndexOf(' ', StringComparison.Ordinal);
                    string name = space < 0 ? line.Trim() : line[..space];
                    paths.Add(Sound(root, Path.GetDirectoryName(transcript)!, name)
                        ?? throw row.Error($"there is no sound '{DelimitedRows.Shown(name)}' beside it. "
                            + $"Expected a file of that name, such as '{name}.flac'."));
                    texts.Add(new TextTarget(space < 0 ? "" : line[space..].Trim()));
                }
            });
        }

        return paths.Count > 0
            ? new AudioList(new ListedFiles(root, FolderFiles.Of(root, paths), ["sound"], new int[paths.Count], [.. texts]))
            : throw new DatasetException(
                $"'{root}' holds no transcript: expected files ending in '{TranscriptEnding}', as LibriSpeech has them.");
    }

    /// <summary>
    /// Opens a folder of Common Voice's layout (Ardila et al., 2020): a TSV file with the columns <c>path</c> and <c>sentence</c>, and the
    /// sounds in <c>clips/</c>.
    /// </summary>
    /// <param name="folder">The folder of one language.</param>
    /// <param name="part">The name of the TSV file without its ending: "train", "dev", "test", "validated". Default: "validated".</param>
    /// <returns>The set, whose targets are <see cref="TextTarget"/>.</returns>
    /// <exception cref="DatasetException">As for <see cref="Open(string, AudioListOptions)"/>.</exception>
    public static AudioList OpenCommonVoice(string folder, string part = "validated")
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentException.ThrowIfNullOrEmpty(part);
        AudioListOptions options = new() { Folder = Path.Combine(folder, "clips"), Path = "path", Text = "sentence" };
        return Open(Path.Combine(folder, part + ".tsv"), options);
    }

    /// <inheritdoc/>
    private protected override SampleContent ContentOf(byte[] bytes) => new EncodedAudio(bytes);

    /// <summary>The path of a sound below the root; a name with a folder in it is none.</summary>
    private static string? Sound(string root, string folder, string name)
        => name.Length == 0 || name.AsSpan().ContainsAny('/', '\\')
            ? null
            : ClassFileKind.Sound.Extensions.Select(extension => Path.Combine(folder, $"{name}.{extension}"))
                .FirstOrDefault(File.Exists) is { } found
                ? Path.GetRelativePath(root, found).Replace(Path.DirectorySeparatorChar, '/')
                : null;
}
