using Microsoft.Win32.SafeHandles;

namespace TransferLearning;

/// <summary>
/// One open checkpoint file, read by position; any number of threads may read at once. Files that belong to it (the shards
/// of an index) are opened through it and closed with it.
/// </summary>
public sealed class CheckpointFile : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly List<CheckpointFile> _siblings = [];

    private CheckpointFile(string path, SafeFileHandle handle)
    {
        Path = path;
        _handle = handle;
        Length = RandomAccess.GetLength(handle);
    }

    /// <summary>The full path of the file.</summary>
    public string Path { get; }

    /// <summary>The length of the file in bytes when it was opened.</summary>
    public long Length { get; }

    /// <summary>Opens a file for reading. The caller disposes it.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static CheckpointFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string full = System.IO.Path.GetFullPath(path);
        return new CheckpointFile(full, File.OpenHandle(full, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete));
    }

    /// <summary>
    /// Opens a file in the same folder. It is closed together with this one.
    /// </summary>
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

        CheckpointFile sibling = Open(path);
        _siblings.Add(sibling);
        return sibling;
    }

    /// <summary>Fills the buffer with the bytes at a position.</summary>
    /// <exception cref="CheckpointException">The file ends before the buffer is full.</exception>
    public void Read(long position, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        while (destination.Length > 0)
        {
            int got = RandomAccess.Read(_handle, destination, position);
            if (got == 0)
            {
                throw Error(
                    CheckpointErrorKind.Truncated,
                    null,
                    $"{destination.Length} more bytes were expected at byte {position}; the file ends there.",
                    RemedyDownload);
            }

            position += got;
            destination = destination[got..];
        }
    }

    /// <summary>Makes the exception for a fault of this file; see <see cref="CheckpointException"/>.</summary>
    public CheckpointException Error(
        CheckpointErrorKind kind, string? place, string problem, string remedy, Exception? innerException = null) =>
        new(kind, Path, place, problem, remedy, innerException);

    /// <inheritdoc/>
    public void Dispose()
    {
        _siblings.ForEach(sibling => sibling.Dispose());
        _handle.Dispose();
    }

    /// <summary>A stream over a part of the file, which must lie inside it. Disposing it leaves the file open.</summary>
    internal Stream OpenRange(long start, long length) => new FileRangeStream(this, start, length);

    internal const string RemedyDownload = "The copy is incomplete or damaged: download or copy it again.";

    internal const string RemedyPublisher = "Get the file from its publisher again; if it stays so, ask for a safetensors file.";
}
