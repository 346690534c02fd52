namespace TransferLearning;

/// <summary>What the directory of a zip archive says about one entry. Nothing of it is trusted before it has been checked.</summary>
/// <param name="Name">The path, with '/' between its parts and '/' at the end of a folder.</param>
/// <param name="Method">How it is compressed: 0 stored, 8 deflated.</param>
/// <param name="IsEncrypted">Whether a password is needed.</param>
/// <param name="Checksum">The CRC-32 of the bytes it unpacks to.</param>
/// <param name="HeaderStart">Where its own header begins in the file.</param>
/// <param name="CompressedLength">How many bytes it takes in the file.</param>
/// <param name="Length">How many bytes it unpacks to.</param>
internal sealed record ZipEntry(
    string Name, ushort Method, bool IsEncrypted, uint Checksum, long HeaderStart, long CompressedLength, long Length)
{
    public const uint LocalSignature = 0x04034b50;
    public const int LocalBytes = 30;
    public const int EncryptedFlags = 1 | (1 << 6) | (1 << 13);
    private const ushort Deflated = 8;

    /// <summary>Deflate makes at most 258 bytes of 2 bits, so whatever claims more is a lie, and no memory is taken for it.</summary>
    private const long DeflateRatio = 1032;

    public bool IsDeflated => Method == Deflated;

    /// <summary>Throws if the entry cannot be read, as far as the directory shows.</summary>
    /// <param name="file">The archive.</param>
    /// <param name="limit">How many bytes it may unpack to.</param>
    public void Check(ArchiveFile file, long limit)
    {
        if (IsEncrypted || Method is not (0 or Deflated))
        {
            string how = IsEncrypted ? "encrypted" : $"compressed by method {Method}";
            throw file.Error(
                ArchiveErrorKind.Unsupported, Name, $"it is {how}; expected a stored or deflated entry (method 0 or 8) without a password");
        }

        if (Math.Max(Length, CompressedLength) > limit)
        {
            throw file.Error(ArchiveErrorKind.TooLarge, Name, $"it claims {Math.Max(Length, CompressedLength)} bytes; {limit} are allowed");
        }

        if (IsDeflated ? Length / DeflateRatio > CompressedLength : Length != CompressedLength)
        {
            throw file.Error(
                ArchiveErrorKind.Corrupt, Name, $"it claims {Length} bytes from {CompressedLength} stored ones, which cannot be");
        }
    }

    /// <summary>Where the entry's bytes begin, after its own header has been compared with the directory.</summary>
    public long Locate(ArchiveFile file)
    {
        // Header and name in one read: the name is as long as in the directory, or the two disagree.
        byte[] header = new byte[Math.Min(LocalBytes + ZipName.MaximumBytes(Name), file.Length - HeaderStart)];
        file.Read(HeaderStart, header);
        if (header.Length < LocalBytes || BinaryPrimitives.ReadUInt32LittleEndian(header) != LocalSignature)
        {
            throw file.Error(ArchiveErrorKind.Corrupt, Name, $"it should begin at byte {HeaderStart}, where something else stands");
        }

        int nameBytes = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(26));
        long start = HeaderStart + LocalBytes + nameBytes + BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(28));
        if (start > file.Length || CompressedLength > file.Length - start)
        {
            throw file.Error(
                ArchiveErrorKind.Corrupt,
                Name,
                $"it should have {CompressedLength} bytes at byte {start}, and is said to lie outside the file");
        }

        bool agrees = LocalBytes + nameBytes <= header.Length
            && ZipName.Read(header.AsSpan(LocalBytes, nameBytes)) == Name
            && BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(8)) == Method
            && (BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(6)) & EncryptedFlags) == 0;
        return agrees ? start : throw file.Error(ArchiveErrorKind.Corrupt, Name, "its own header and the directory disagree");
    }

    /// <summary>A stream of the bytes it unpacks to, after <see cref="Check"/>. The caller disposes it.</summary>
    /// <param name="file">The archive.</param>
    /// <param name="start">What <see cref="Locate"/> gave.</param>
    /// <param name="verify">Whether the checksum is compared when the end is reached.</param>
    public Stream Open(ArchiveFile file, long start, bool verify) => new ZipEntryStream(file, this, start, verify);

    /// <summary>All bytes it unpacks to, after <see cref="Check"/>.</summary>
    public byte[] ReadAll(ArchiveFile file, long start, bool verify)
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>(checked((int)Length));
        using Stream stream = Open(file, start, verify);
        stream.ReadExactly(bytes);
        if (bytes.Length == 0)
        {
            _ = stream.Read([]); // the end of an empty entry is checked too
        }

        return bytes;
    }

    /// <summary>The error for bytes that are not those that were stored.</summary>
    public Exception WrongChecksum(ArchiveFile file, uint found)
        => file.Error(ArchiveErrorKind.Corrupt, Name, $"it is damaged: its checksum should be {Checksum:x8} and is {found:x8}");
}
