using Microsoft.Win32.SafeHandles;

namespace TransferLearning;

/// <summary>
/// Features of some samples, which never change any more: rows of equal length in memory or in a file. Threads may read at once.
/// </summary>
internal sealed class FeatureChunk : IDisposable
{
    private readonly byte[]? _memory;
    private readonly SafeFileHandle? _file;
    private readonly long _start;

    /// <summary>Takes rows in memory.</summary>
    public FeatureChunk(FeatureChunkHeader header, byte[] rows) => (Header, _memory) = (header, rows);

    /// <summary>Takes rows in a file, which stays open until the chunk is disposed.</summary>
    public FeatureChunk(FeatureChunkHeader header, SafeFileHandle file, long start) => (Header, _file, _start) = (header, file, start);

    public FeatureChunkHeader Header { get; }

    /// <summary>The file of this chunk; null for one that is nowhere but in memory.</summary>
    public string? Path { get; init; }

    public long BytesInMemory => _memory?.LongLength ?? 0;

    /// <summary>Copies one row.</summary>
    /// <exception cref="IOException">The file was cut short by somebody else.</exception>
    public void Read(int row, Span<byte> destination)
    {
        if (_memory is not null)
        {
            _memory.AsSpan(row * destination.Length, destination.Length).CopyTo(destination);
            return;
        }

        // Reads, not a map: a map of a file that somebody cuts short ends the process, and its pages count as the process's memory.
        if (FileRange.Read(_file!, destination, _start + ((long)row * destination.Length)) < destination.Length)
        {
            throw new IOException(
                $"'{Path}' became shorter while it was read. Do not change files of a feature cache while a program uses them; run again.");
        }
    }

    public void Dispose() => _file?.Dispose();
}
