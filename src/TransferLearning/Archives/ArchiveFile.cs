using Microsoft.Win32.SafeHandles;

namespace TransferLearning;

/// <summary>An open file that is read by position, from any number of threads at once. Disposing it closes the file.</summary>
/// <param name="handle">The file; closed with this.</param>
/// <param name="errors">Makes the exception for a fault.</param>
internal sealed class ArchiveFile(SafeFileHandle handle, Func<ArchiveFault, Exception> errors) : IDisposable
{
    private readonly long _start;
    private readonly bool _isPart;

    private ArchiveFile(ArchiveFile whole, long start, long length, Func<ArchiveFault, Exception> errors)
        : this(whole.Handle, errors)
        => (_start, Length, _isPart) = (whole._start + start, length, true);

    public SafeFileHandle Handle => handle;

    /// <summary>The length in bytes when the file was opened; of a part that of the part.</summary>
    public long Length { get; } = RandomAccess.GetLength(handle);

    /// <summary>A part of the file, which must lie inside it, as a file of its own. Disposing it leaves the file open.</summary>
    public ArchiveFile Part(long start, long length, Func<ArchiveFault, Exception> partErrors) => new(this, start, length, partErrors);

    /// <summary>Fills the buffer with the bytes at a position.</summary>
    public void Read(long position, Span<byte> buffer)
    {
        Span<byte> inside = buffer[..(int)Math.Clamp(Length - position, 0, buffer.Length)];
        int read = FileRange.Read(handle, inside, _start + position);
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

    public void Dispose()
    {
        if (!_isPart)
        {
            handle.Dispose();
        }
    }
}
