using System.IO.Compression;
using System.IO.Hashing;

namespace TransferLearning;

/// <summary>The bytes of a zip entry from its start. Never hands out more than the directory claims, and refuses an entry that holds fewer
/// or more, or whose checksum differs.</summary>
internal sealed class ZipEntryStream : ReadOnlyStream
{
    private const int ChunkBytes = 1 << 18;

    private readonly ArchiveFile _file;
    private readonly ZipEntry _entry;
    private readonly Crc32? _checksum;
    private readonly Stream _source;
    private long _position;

    public ZipEntryStream(ArchiveFile file, ZipEntry entry, long start, bool verify)
    {
        _file = file;
        _entry = entry;
        _checksum = verify ? new Crc32() : null;
        Stream stored = file.OpenRange(start, entry.CompressedLength);
        _source = entry.IsDeflated
            ? new DeflateStream(
                new BufferedStream(stored, (int)Math.Clamp(entry.CompressedLength, 1, ChunkBytes)), CompressionMode.Decompress)
            : stored;
    }

    public override long Length => _entry.Length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        // Small pieces, so that the checksum runs over bytes that are still in the CPU's cache.
        Span<byte> piece = buffer[..(int)Math.Min(Math.Min(buffer.Length, ChunkBytes), _entry.Length - _position)];
        int got = piece.Length == 0 ? 0 : ReadSource(piece);
        if (got < Math.Min(piece.Length, 1))
        {
            throw Corrupt($"its compressed data ends after {_position} bytes, fewer than the {_entry.Length} bytes that are claimed");
        }

        _position += got;
        _checksum?.Append(piece[..got]);
        if (_position == _entry.Length && (got > 0 || _entry.Length == 0))
        {
            CheckEnd();
        }

        return got;
    }

    public void Skip(long count)
    {
        byte[] buffer = new byte[(int)Math.Min(count, ChunkBytes)];
        while (count > 0)
        {
            count -= Read(buffer.AsSpan(0, (int)Math.Min(count, buffer.Length)));
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _source.Dispose();
        }

        base.Dispose(disposing);
    }

    private void CheckEnd()
    {
        Span<byte> more = stackalloc byte[1];
        if (_entry.IsDeflated && ReadSource(more) != 0)
        {
            throw Corrupt($"its compressed data holds more than the {_entry.Length} bytes that are claimed");
        }

        if (_checksum?.GetCurrentHashAsUInt32() is { } found && found != _entry.Checksum)
        {
            throw _entry.WrongChecksum(_file, found);
        }
    }

    private int ReadSource(Span<byte> buffer)
    {
        try
        {
            return _source.Read(buffer);
        }
        catch (InvalidDataException exception)
        {
            throw Corrupt("its compressed data is damaged", exception);
        }
    }

    private Exception Corrupt(string problem, Exception? inner = null)
        => _file.Error(ArchiveErrorKind.Corrupt, _entry.Name, problem, inner);
}
