namespace TransferLearning;

/// <summary>Finds the files of CIFAR-10 in a folder.</summary>
internal static class CifarFolder
{
    public const string ClassNameFile = "batches.meta.txt";
    private const string PublishedFolder = "cifar-10-batches-bin";
    private const string PythonFolder = "cifar-10-batches-py";
    private const int LongestClassNameFile = 1 << 16;

    private static readonly string[] PublishedNames =
        ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

    public static (string[] ClassNames, CifarFile[] Files) Open(string path, string[] wanted)
    {
        string inner = Path.Combine(path, PublishedFolder);
        string folder = !File.Exists(Path.Combine(path, wanted[0])) && Directory.Exists(inner) ? inner : path;
        string[] missing = [.. wanted.Where(name => !File.Exists(Path.Combine(folder, name)))];
        if (missing.Length > 0)
        {
            bool isPython = Directory.Exists(Path.Combine(path, PythonFolder)) || File.Exists(Path.Combine(folder, "data_batch_1"));
            throw new DatasetException(
                $"'{folder}' lacks {string.Join(", ", missing)}. " + (isPython
                    ? "It holds the Python version of CIFAR-10; download the binary version, cifar-10-binary.tar.gz."
                    : $"Expected the folder {PublishedFolder} of the binary version of CIFAR-10."));
        }

        string meta = Path.Combine(folder, ClassNameFile);
        string[] names = [.. PublishedNames];
        if (File.Exists(meta))
        {
            names = new FileInfo(meta).Length <= LongestClassNameFile
                ? ClassNames(File.ReadAllText(meta), $"'{meta}'")
                : throw TooLong($"'{meta}'");
        }

        List<CifarFile> files = new();
        try
        {
            foreach (string name in wanted)
            {
                files.Add(new CifarFile(Path.Combine(folder, name)));
            }
        }
        catch
        {
            files.ForEach(file => file.Dispose());
            throw;
        }

        return (names, [.. files]);
    }

    /// <summary>The class names of the file for them: one a line. Null stands for a missing file, and gives the published names.</summary>
    public static string[] ClassNames(string? text, string location)
    {
        if (text is null)
        {
            return [.. PublishedNames];
        }

        string[] names = text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return names.Length == PublishedNames.Length
            ? names
            : throw new DatasetException($"{location} names {names.Length} classes; expected {PublishedNames.Length}, one on each line.");
    }

    private static DatasetException TooLong(string location)
        => new($"{location} has more than {LongestClassNameFile} bytes; expected {PublishedNames.Length} class names, one on each line.");
}
