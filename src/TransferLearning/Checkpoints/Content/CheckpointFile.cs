using System.Collections.Concurrent;

namespace TransferLearning;

/// <summary>One open checkpoint file, read by position; any number of threads may read at once. Files that belong to it (the shards of an
/// index) are opened through it and closed with it.</summary>
public sealed class CheckpointFile : IDisposable
{
    private readonly bool _map;
    private readonly ConcurrentDictionary<ScalarType, Lazy<Tensor?>> _mapped = [];
    private readonly List<CheckpointFile> _siblings = [];

    private CheckpointFile(string path, bool map)
    {
        Path = path;
        _map = map;
        try
        {
            Bytes = new ArchiveFile(File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete), Error);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw Error(CheckpointErrorKind.NotACheckpoint, null, "It may not be read by this user.", "Change its rights.", exception);
        }
    }

    private CheckpointFile(CheckpointFile whole, long start, long length)
    {
        Path = whole.Path;
        Bytes = whole.Bytes.Part(start, length, Error);
    }

    /// <summary>The full path of the file.</summary>
    public string Path { get; }

    /// <summary>The length of the file in bytes when it was opened.</summary>
    public long Length => Bytes.Length;

    /// <summary>The open file.</summary>
    internal ArchiveFile Bytes { get; }

    /// <summary>Opens a file for reading. The caller disposes it.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="CheckpointException">It is a folder, or may not be read.</exception>
    public static CheckpointFile Open(string path) => Open(path, map: false);

    /// <summary>Opens a file; <see cref="CheckpointOptions.MapFile"/> says what mapping is.</summary>
    internal static CheckpointFile Open(string path, bool map)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string full = System.IO.Path.GetFullPath(path);
        if (!System.IO.Path.Exists(full))
        {
            throw new FileNotFoundException($"There is no file '{full}'. Check the path.", full);
        }

        return Directory.Exists(full)
            ? throw new CheckpointException(
                CheckpointErrorKind.NotACheckpoint,
                full,
                null,
                "The path is a folder; a checkpoint is a file.",
                "Give the path of the file in it, for example model.safetensors or pytorch_model.bin.")
            : new CheckpointFile(full, map);
    }

    /// <summary>Opens a file in the same folder. It is closed together with this one.</summary>
    /// <param name="name">A plain file name: a name that could lead out of the folder is refused.</param>
    /// <exception cref="CheckpointException">The name leads out of the folder, or there is no such file.</exception>
    public CheckpointFile OpenSibling(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length == 0 || name is "." or ".." || name.AsSpan().IndexOfAny("/\\:\0") >= 0)
        {
            throw Error(
                CheckpointErrorKind.PathTraversal,
                null,
                $"It names the file '{name}', which is not a plain file name.",
                "Get the set of files from its publisher again.");
        }

        string path = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Path)!, name);
        if (!File.Exists(path))
        {
            throw Error(
                CheckpointErrorKind.MissingShard,
                null,
                $"It names the file '{name}', which is not beside it.",
                "Put all files of the set into one folder.");
        }

        CheckpointFile sibling = Open(path, _map);
        _siblings.Add(sibling);
        return sibling;
    }

    /// <summary>A checkpoint inside of this one, as a file that is closed together with it.</summary>
    /// <param name="start">Where it begins.</param>
    /// <param name="length">How many bytes it has; it must lie inside.</param>
    internal CheckpointFile Part(long start, long length) => new(this, start, length);

    /// <summary>Fills the buffer with the bytes at a position.</summary>
    /// <exception cref="CheckpointException">The file ends before the buffer is full.</exception>
    public void Read(long position, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        Bytes.Read(position, destination);
    }

    /// <summary>Makes the exception for a fault of this file; see <see cref="CheckpointException"/>.</summary>
    public CheckpointException Error(
        CheckpointErrorKind kind, string? place, string problem, string remedy, Exception? innerException = null) =>
        new(kind, Path, place, problem, remedy, innerException);

    /// <inheritdoc/>
    public void Dispose()
    {
        _siblings.ForEach(sibling => sibling.Dispose());
        foreach (Lazy<Tensor?> mapped in _mapped.Values)
        {
            mapped.Value?.Dispose();
        }

        _mapped.Clear();
        Bytes.Dispose();
    }

    /// <summary>A part of the file as elements that are the file's own pages, until somebody writes to them: then each page becomes the
    /// process's own. The caller disposes it; the pages stay for as long as any tensor looks into them, also when this file is closed. Null
    /// where the file was not opened for that, the elements are not aligned, or the system does not serve it.</summary>
    /// <param name="type">The type of the elements.</param>
    /// <param name="start">Where they begin, in bytes.</param>
    /// <param name="count">How many there are.</param>
    internal Tensor? Map(ScalarType type, long start, long count)
    {
        int width = ElementType.Of(type).Width;
        return start % width == 0 && _mapped.GetOrAdd(type, _ => new Lazy<Tensor?>(() => MapAll(type, Length / width))).Value is { } all
            ? all.narrow(0, start / width, count)
            : null;
    }

    private Tensor? MapAll(ScalarType type, long count)
    {
        // The path may name another file by now; the handle is the one whose description was read.
        if (!_map || !OperatingSystem.IsLinux() || Length == 0 || RandomAccess.GetLength(Bytes.Handle) != Length)
        {
            return null;
        }

        string opened = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{Bytes.Handle.DangerousGetHandle()}");
        return from_file(opened, shared: false, size: count, dtype: type).DetachFromDisposeScope();
    }

    private CheckpointException Error(ArchiveFault fault)
    {
        (CheckpointErrorKind kind, string remedy) = fault.Kind switch
        {
            ArchiveErrorKind.NotAnArchive or ArchiveErrorKind.Truncated => (CheckpointErrorKind.Truncated, RemedyDownload),
            ArchiveErrorKind.TooLarge => (CheckpointErrorKind.TooLarge, RemedyPublisher),
            ArchiveErrorKind.DuplicateEntry => (CheckpointErrorKind.DuplicateEntry, RemedyPublisher),
            ArchiveErrorKind.NameLeadsOut => (CheckpointErrorKind.PathTraversal, RemedyPublisher),
            _ => (CheckpointErrorKind.CorruptZip, RemedyDownload),
        };
        string problem = $"{char.ToUpperInvariant(fault.Problem[0])}{fault.Problem[1..]}.";
        return Error(kind, fault.Entry is { } entry ? $"entry '{entry}'" : null, problem, remedy, fault.InnerException);
    }

    internal const string RemedyDownload = "The copy is incomplete or damaged: download or copy it again.";

    internal const string RemedyPublisher = "Get the file from its publisher again; if it stays so, ask for a safetensors file.";
}
