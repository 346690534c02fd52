using System.IO.Compression;

namespace TransferLearning;

/// <summary>
/// The bytes of a zip entry from its start. Never hands out more than the directory claims, and refuses an entry that holds
/// fewer or more, or whose checksum differs.
/// </summary>
internal sealed class ZipEntryStream : Stream
{
    private const int ChunkBytes = 1 << 18;

    private readonly CheckpointFile _file;
    private readonly ZipEntry _entry;
    private readonly bool _verify;
    private readonly Stream _source;
    private long _position;
    private uint _checksum;

    public ZipEntryStream(CheckpointFile file, ZipEntry entry, bool verify)
    {
        _file = file;
        _entry = entry;
        _verify = verify;
        Stream stored = file.OpenRange(entry.Start, entry.CompressedLength);
        _source = entry.IsDeflated ? new DeflateStream(stored, CompressionMode.Decompress) : stored;
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => _entry.Length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        // Small pieces, so that the checksum runs over bytes that are still in the processor's cache.
        Span<byte> piece = buffer[..(int)Math.Min(Math.Min(buffer.Length, ChunkBytes), _entry.Length - _position)];
        if (piece.Length == 0)
        {
            return 0;
        }

        int got = ReadSource(piece);
        if (got == 0)
        {
            throw Corrupt($"{_entry.Length} bytes are claimed; the compressed data ends after {_position}");
        }

        _position += got;
        if (_verify)
        {
            _checksum = Crc32.Append(_checksum, piece[..got]);
        }

        if (_position == _entry.Length)
        {
            CheckEnd();
        }

        return got;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public void Skip(long count)
    {
        byte[] buffer = new byte[(int)Math.Min(count, ChunkBytes)];
        while (count > 0)
        {
            count -= Read(buffer.AsSpan(0, (int)Math.Min(count, buffer.Length)));
        }
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _source.Dispose();
        base.Dispose(disposing);
    }

    private void CheckEnd()
    {
        Span<byte> more = stackalloc byte[1];
        if (_entry.IsDeflated && ReadSource(more) != 0)
        {
            throw Corrupt($"{_entry.Length} bytes are claimed; the compressed data holds more");
        }

        if (_verify && _checksum != _entry.Checksum)
        {
            throw _entry.WrongChecksum(_file, _checksum);
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

    private CheckpointException Corrupt(string problem, Exception? inner = null) => _entry.Damaged(_file, problem, inner);
}
