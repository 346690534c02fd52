namespace TransferLearning;

/// <summary>The folder of a feature cache: finds a store's files, and keeps all of them together below a size.</summary>
/// <remarks>Other processes may write and delete at any moment: a file that has vanished is no error.</remarks>
internal sealed class FeatureFolder(string path, long maxBytes)
{
    public string Path { get; } = System.IO.Path.GetFullPath(path);

    /// <summary>How many bytes the files take.</summary>
    public long Bytes => Files().Sum(file => file.Length);

    public IReadOnlyList<string> FilesOf(UInt128 store)
        => Directory.Exists(Path)
            ?
            [
                .. Directory
                    .EnumerateFiles(Path, FeatureFile.Pattern(store))
                    .Where(file => FeatureFile.IsName(System.IO.Path.GetFileName(file)))
                    .Order(StringComparer.Ordinal)
            ]
            : [];

    public void Create() => Directory.CreateDirectory(Path);

    /// <summary>Notes that a file was used now.</summary>
    public static void Touch(string file) => Try(() => File.SetLastWriteTimeUtc(file, TimeProvider.System.GetUtcNow().UtcDateTime));

    public static void Delete(string file) => Try(() => File.Delete(file));

    /// <summary>Deletes the files that were not used for longest until all together fit.</summary>
    /// <remarks>What this process reads of a deleted file it keeps reading: the open file lives on without its name.</remarks>
    public void MakeRoom(ILogger logger)
    {
        List<FileInfo> files = [.. Files().OrderBy(file => file.LastWriteTimeUtc)];
        long bytes = files.Sum(file => file.Length);
        foreach (FileInfo file in files.TakeWhile(_ => bytes > maxBytes))
        {
            bytes -= file.Length;
            Delete(file.FullName);
            FeatureLog.Evicted(logger, file.Name);
        }
    }

    public void Clear()
    {
        foreach (FileInfo file in Files())
        {
            Delete(file.FullName);
        }
    }

    private List<FileInfo> Files()
    {
        if (!Directory.Exists(Path))
        {
            return [];
        }

        // What is gone by now says that it does not exist.
        return
        [
            .. new DirectoryInfo(Path)
                .EnumerateFiles($"*{FeatureFile.Extension}")
                .Where(file => FeatureFile.IsName(file.Name) && file.Exists)
        ];
    }

    private static void Try(Action change)
    {
        try
        {
            change();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Somebody else has deleted it or holds it; the next time will do.
        }
    }
}
