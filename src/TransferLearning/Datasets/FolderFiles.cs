using Microsoft.Win32.SafeHandles;

namespace TransferLearning;

/// <summary>
/// The image (or text) files below a folder of class folders. Links are followed; a folder is visited once for each class.
/// </summary>
internal sealed class FolderFiles : SampleFiles
{
    private const int MostLinks = 40; // one after another, as in the systems themselves

    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = 0, IgnoreInaccessible = false };

    private readonly string _root;
    private readonly PackedText _names;

    private FolderFiles(string root, IEnumerable<string> names)
    {
        _root = root;
        _names = new PackedText([.. names]);
    }

    public override int Count => _names.Count;

    /// <summary>Looks through the folder.</summary>
    /// <param name="root">The folder, a full path.</param>
    /// <param name="subfolder">The folder below it that holds the class folders, with '/' between its parts, or "".</param>
    /// <param name="listing">Takes the classes and images found.</param>
    public static FolderFiles Open(string root, string subfolder, ClassFolderListing listing)
    {
        string classRoot = Path.Combine(root, subfolder);
        if (!Directory.Exists(classRoot))
        {
            IEnumerable<string?> others = Directory.GetDirectories(root).Select(Path.GetFileName).Order(StringComparer.Ordinal).Take(20);
            throw new DatasetException($"'{root}' has no folder '{subfolder}'; it has {string.Join(", ", others)}.");
        }

        try
        {
            List(classRoot, listing);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new DatasetException($"'{classRoot}' cannot be looked through: {exception.Message}", exception);
        }

        listing.Check($"'{classRoot}'");
        string prefix = subfolder.Length > 0 ? subfolder + "/" : "";
        return new FolderFiles(root, listing.InOrder().Select(image => prefix + image.Path));
    }

    /// <summary>Takes image files that are known already.</summary>
    /// <param name="root">Where relative paths start.</param>
    /// <param name="paths">The paths.</param>
    public static FolderFiles Of(string root, IEnumerable<string> paths) => new(root, paths);

    public override string NameOf(int index) => _names[index];
    public override long MarkOf(int index) => new FileInfo(PathOf(index)) is { Exists: true } file ? file.Length : -1;

    public override byte[] Read(int index)
    {
        string path = PathOf(index);
        try
        {
            using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            long length = RandomAccess.GetLength(file);
            if (length > MaximumFileBytes)
            {
                throw new DatasetException(
                    $"'{path}' has {length} bytes, more than the {MaximumFileBytes} that a sample may have. Remove it from the data set.");
            }

            byte[] bytes = GC.AllocateUninitializedArray<byte>((int)length);
            return FileRange.Read(file, bytes, 0) == bytes.Length
                ? bytes
                : throw new DatasetException($"'{path}' became shorter while it was read.");
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException and not DatasetException)
        {
            throw new DatasetException($"'{path}' cannot be read: {exception.Message}", exception);
        }
    }

    public override void Dispose()
    {
        // Nothing is kept open.
    }

    private static void List(string classRoot, ClassFolderListing listing)
    {
        foreach (FileSystemInfo item in new DirectoryInfo(classRoot).EnumerateFileSystemInfos("*", Everything))
        {
            if (SampleFileName.IsHidden(item.Name))
            {
                continue;
            }

            if (item is DirectoryInfo folder)
            {
                listing.AddClass(folder.Name);
                ListClass(folder, folder.Name, [RealPath(classRoot)], listing);
            }
            else if (listing.Kind.Includes(item.Name))
            {
                listing.AddFile(item.Name, 0);
            }
        }
    }

    private static void ListClass(DirectoryInfo folder, string path, HashSet<string> visited, ClassFolderListing listing)
    {
        Stack<(DirectoryInfo Folder, string Path)> open = new();
        open.Push((folder, path));
        while (open.TryPop(out (DirectoryInfo Folder, string Path) current))
        {
            if (!visited.Add(RealPath(current.Folder.FullName)))
            {
                continue; // a link back to where we have been
            }

            foreach (FileSystemInfo item in current.Folder.EnumerateFileSystemInfos("*", Everything))
            {
                if (SampleFileName.IsHidden(item.Name))
                {
                    continue;
                }

                if (item is DirectoryInfo inner)
                {
                    open.Push((inner, $"{current.Path}/{item.Name}"));
                }
                else if (listing.Kind.Includes(item.Name))
                {
                    listing.AddFile($"{current.Path}/{item.Name}", 0);
                }
            }
        }
    }

    /// <summary>The path without links in any of its parts.</summary>
    private static string RealPath(string path, int depth = 0)
    {
        string real = Path.GetPathRoot(path)!;
        foreach (string part in path[real.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            string next = Path.Combine(real, part);
            string? target = depth < MostLinks ? new DirectoryInfo(next).LinkTarget : null;
            real = target is null ? next : RealPath(Path.GetFullPath(target, real), depth + 1);
        }

        return real;
    }

    private string PathOf(int index) => Path.Combine(_root, _names[index]);
}
