using Microsoft.Win32.SafeHandles;

namespace TransferLearning;

/// <summary>An open file that is read by position, from any number of threads at once. Disposing it closes the file.</summary>
/// <param name="handle">The file; closed with this.</param>
/// <param name="errors">Makes the exception for a fault.</param>
internal sealed class ArchiveFile(SafeFileHandle handle, Func<ArchiveFault, Exception> errors) : IDisposable
{
    public SafeFileHandle Handle => handle;

    /// <summary>The length in bytes when the file was opened.</summary>
    public long Length { get; } = RandomAccess.GetLength(handle);

    /// <summary>Fills the buffer with the bytes at a position.</summary>
    public void Read(long position, Span<byte> buffer)
    {
        int read = FileRange.Read(handle, buffer, position);
        if (read < buffer.Length)
        {
            throw Error(
                ArchiveErrorKind.Truncated,
                null,
                $"{buffer.Length - read} more bytes were expected at byte {position + read}; the file ends there");
        }
    }

    /// <summary>A stream over a part of the file, which must lie inside it. Disposing it leaves the file open.</summary>
    public Stream OpenRange(long start, long length) => new FileRangeStream(this, start, length);

    /// <summary>The exception for a fault of this file.</summary>
    public Exception Error(ArchiveErrorKind kind, string? entry, string problem, Exception? inner = null)
        => errors(new ArchiveFault(kind, entry, problem, inner));

    public void Dispose() => handle.Dispose();
}
