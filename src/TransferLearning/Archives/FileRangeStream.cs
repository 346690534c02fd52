namespace TransferLearning;

/// <summary>A part of a file as a forward stream; every read is one positional read.</summary>
internal sealed class FileRangeStream(ArchiveFile file, long start, long length) : ReadOnlyStream
{
    private long _position;

    public override long Length => length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        int count = (int)Math.Min(buffer.Length, length - _position);
        file.Read(start + _position, buffer[..count]);
        _position += count;
        return count;
    }
}
