namespace TransferLearning;

/// <summary>A run of bytes that one or more tensors of a checkpoint look into.</summary>
public sealed class TensorStorage
{
    private readonly Func<long, Stream> _open;

    /// <summary>Creates a storage.</summary>
    /// <param name="byteLength">Its length in bytes.</param>
    /// <param name="open">Opens a forward stream that begins at the given byte of the storage; the reader disposes it.</param>
    public TensorStorage(long byteLength, Func<long, Stream> open)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(byteLength);
        ArgumentNullException.ThrowIfNull(open);
        ByteLength = byteLength;
        _open = open;
    }

    /// <summary>The length in bytes.</summary>
    public long ByteLength { get; }

    /// <summary>Opens a forward stream that begins at a byte of the storage. The caller disposes it.</summary>
    public Stream OpenRead(long offset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, ByteLength);
        return _open(offset);
    }

    /// <summary>A storage whose bytes stand in a file as they are.</summary>
    internal static TensorStorage InFile(CheckpointFile file, long start, long length) =>
        new(length, offset => file.OpenRange(start + offset, length - offset));

    internal static TensorStorage InMemory(byte[] bytes) =>
        new(bytes.Length, offset => new MemoryStream(bytes, (int)offset, bytes.Length - (int)offset, writable: false));
}
