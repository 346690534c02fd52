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

    /// <summary>Gives all bytes as elements of a type that are the mapped file's, after the checks that reading them would make; the caller
    /// disposes the tensor. Null, or giving null, where they must be read.</summary>
    internal Func<ScalarType, Tensor?>? Map { get; init; }

    /// <summary>Opens a forward stream that begins at a byte of the storage. The caller disposes it.</summary>
    public Stream OpenRead(long offset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, ByteLength);
        return _open(offset);
    }

    /// <summary>A storage whose bytes stand in a file as they are.</summary>
    internal static TensorStorage InFile(CheckpointFile file, long start, long length) =>
        new(length, offset => file.Bytes.OpenRange(start + offset, length - offset))
        {
            Map = type => file.Map(type, start, length / ElementType.Of(type).Width),
        };

    internal static TensorStorage InMemory(byte[] bytes) =>
        new(bytes.Length, offset => new MemoryStream(bytes, (int)offset, bytes.Length - (int)offset, writable: false));
}
