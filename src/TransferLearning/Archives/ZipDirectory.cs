namespace TransferLearning;

/// <summary>The table of contents at the end of a zip or zip64 archive of one part (PKWARE's APPNOTE 6.3). Names must stay inside, and what
/// an entry claims must lie inside the file.</summary>
internal sealed class ZipDirectory
{
    private const uint EndSignature = 0x06054b50;
    private const uint End64Signature = 0x06064b50;
    private const uint Locator64Signature = 0x07064b50;
    private const uint CentralSignature = 0x02014b50;
    private const int EndBytes = 22;
    private const int End64Bytes = 56;
    private const int Locator64Bytes = 20;
    private const int CentralBytes = 46;

    private readonly ArchiveFile _file;

    private ZipDirectory(ArchiveFile file) => _file = file;

    /// <summary>Reads the directory alone: what it says of each entry is checked when the entry is used.</summary>
    /// <param name="file">The archive.</param>
    /// <param name="maximumBytes">How large the directory may be.</param>
    public static List<ZipEntry> Read(ArchiveFile file, int maximumBytes)
    {
        ZipDirectory directory = new(file);
        (long start, long length, long count) = directory.FindDirectory();
        if (length > maximumBytes)
        {
            throw file.Error(ArchiveErrorKind.TooLarge, null, $"its directory has {length} bytes; {maximumBytes} are allowed");
        }

        byte[] bytes = new byte[length];
        file.Read(start, bytes);
        return directory.ReadEntries(bytes, start, count);
    }

    /// <summary>
    /// Reads the directory and compares it with every entry's own header: all can be read, no two overlap or have one name.
    /// </summary>
    /// <returns>The entries by name, and where the bytes of each begin.</returns>
    public static Dictionary<string, (ZipEntry Entry, long Start)> ReadStrictly(ArchiveFile file, int maximumBytes)
    {
        Dictionary<string, (ZipEntry Entry, long Start)> entries = [];
        long free = 0;
        foreach (ZipEntry entry in Read(file, maximumBytes).OrderBy(entry => entry.HeaderStart))
        {
            entry.Check(file, long.MaxValue);
            if (entry.HeaderStart < free)
            {
                throw file.Error(ArchiveErrorKind.Corrupt, entry.Name, $"it begins at byte {entry.HeaderStart}, inside another entry");
            }

            long start = entry.Locate(file);
            free = start + entry.CompressedLength;
            if (!entries.TryAdd(entry.Name, (entry, start)))
            {
                throw file.Error(ArchiveErrorKind.DuplicateEntry, entry.Name, "the archive holds two entries of this name");
            }
        }

        return entries;
    }

    private Exception Corrupt(string problem, string? entry = null) => _file.Error(ArchiveErrorKind.Corrupt, entry, problem);

    private (long Start, long Length, long Count) FindDirectory()
    {
        byte[] tail = new byte[Math.Min(_file.Length, EndBytes + ushort.MaxValue)];
        _file.Read(_file.Length - tail.Length, tail);
        int at = tail.Length - EndBytes;
        while (at >= 0 && (UInt32(tail, at) != EndSignature || at + EndBytes + UInt16(tail, at + 20) > tail.Length))
        {
            at--;
        }

        if (at < 0)
        {
            byte[] head = new byte[Math.Min(_file.Length, 8)];
            _file.Read(0, head);
            throw head.Length >= 4 && UInt32(head, 0) == ZipEntry.LocalSignature
                ? _file.Error(ArchiveErrorKind.Truncated, null, "it begins as a zip archive, but the directory at its end is missing")
                : _file.Error(
                    ArchiveErrorKind.NotAnArchive, null, $"it has {_file.Length} bytes, the first being '{Convert.ToHexString(head)}'");
        }

        long end = _file.Length - tail.Length + at;
        long count = UInt16(tail, at + 10);
        long length = UInt32(tail, at + 12);
        long start = UInt32(tail, at + 16);
        if (UInt16(tail, at + 4) is not (0 or ushort.MaxValue) || UInt16(tail, at + 8) != count)
        {
            throw _file.Error(ArchiveErrorKind.Unsupported, null, "it is one part of an archive in several parts; join the parts first");
        }

        Span<byte> locator = stackalloc byte[Locator64Bytes];
        if (end >= Locator64Bytes)
        {
            _file.Read(end - Locator64Bytes, locator);
            if (BinaryPrimitives.ReadUInt32LittleEndian(locator) == Locator64Signature)
            {
                (end, start, length, count) = ReadEnd64(locator, end - Locator64Bytes, start, length, count);
            }
        }

        return start >= 0 && length >= 0 && start <= end && length <= end - start && count >= 0 && count <= length / CentralBytes
            ? (start, length, count)
            : throw Corrupt(
                $"its directory of {count} entries and {length} bytes from byte {start} does not fit before its end record at byte {end}");
    }

    private (long End, long Start, long Length, long Count) ReadEnd64(
        ReadOnlySpan<byte> locator, long locatorStart, long start, long length, long count)
    {
        long end = BinaryPrimitives.ReadInt64LittleEndian(locator[8..]);
        if (end < 0 || end > locatorStart - End64Bytes)
        {
            throw Corrupt($"its zip64 end record should be at byte {(ulong)end}, outside the archive");
        }

        Span<byte> record = stackalloc byte[End64Bytes];
        _file.Read(end, record);
        if (BinaryPrimitives.ReadUInt32LittleEndian(record) != End64Signature)
        {
            throw Corrupt($"there is no zip64 end record at byte {end}");
        }

        long count64 = BinaryPrimitives.ReadInt64LittleEndian(record[32..]);
        long length64 = BinaryPrimitives.ReadInt64LittleEndian(record[40..]);
        long start64 = BinaryPrimitives.ReadInt64LittleEndian(record[48..]);
        // Two readers must not see two archives: where the short record holds a number, it must be the same.
        return (count is ushort.MaxValue || count == count64)
            && (length is uint.MaxValue || length == length64)
            && (start is uint.MaxValue || start == start64)
            ? (end, start64, length64, count64)
            : throw Corrupt("its end record and its zip64 end record disagree");
    }

    private List<ZipEntry> ReadEntries(ReadOnlySpan<byte> bytes, long directoryStart, long count)
    {
        List<ZipEntry> entries = new((int)count);
        for (long i = 0; i < count; i++)
        {
            if (bytes.Length < CentralBytes || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != CentralSignature)
            {
                throw Corrupt($"its directory claims {count} entries; entry {i} is missing");
            }

            int nameBytes = BinaryPrimitives.ReadUInt16LittleEndian(bytes[28..]);
            int extraBytes = BinaryPrimitives.ReadUInt16LittleEndian(bytes[30..]);
            int total = CentralBytes + nameBytes + extraBytes + BinaryPrimitives.ReadUInt16LittleEndian(bytes[32..]);
            if (bytes.Length < total)
            {
                throw Corrupt($"entry {i} of {count} reaches beyond its directory");
            }

            ReadOnlySpan<byte> extra = bytes.Slice(CentralBytes + nameBytes, extraBytes);
            ZipEntry entry = ReadCentral(bytes[..CentralBytes], bytes.Slice(CentralBytes, nameBytes), extra);
            if (entry.HeaderStart > directoryStart - ZipEntry.LocalBytes
                || entry.CompressedLength > directoryStart - ZipEntry.LocalBytes - entry.HeaderStart)
            {
                throw Corrupt("it is said to lie outside the file", entry.Name);
            }

            entries.Add(entry);
            bytes = bytes[total..];
        }

        return entries;
    }

    private ZipEntry ReadCentral(ReadOnlySpan<byte> header, ReadOnlySpan<byte> nameBytes, ReadOnlySpan<byte> extra)
    {
        string name = ZipName.Read(nameBytes);
        if (ZipName.LeadsOut(nameBytes))
        {
            throw _file.Error(ArchiveErrorKind.NameLeadsOut, name, "the name leads out of the archive");
        }

        long compressed = BinaryPrimitives.ReadUInt32LittleEndian(header[20..]);
        long length = BinaryPrimitives.ReadUInt32LittleEndian(header[24..]);
        long start = BinaryPrimitives.ReadUInt32LittleEndian(header[42..]);
        while (extra.Length >= 4)
        {
            int size = BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
            if (size > extra.Length - 4)
            {
                break; // padding that some tools leave
            }

            // The zip64 field holds, in this order, those of the three numbers that did not fit 32 bits.
            if (BinaryPrimitives.ReadUInt16LittleEndian(extra) == 1)
            {
                ReadOnlySpan<byte> wide = extra.Slice(4, size);
                length = Widened(length, ref wide, name);
                compressed = Widened(compressed, ref wide, name);
                start = Widened(start, ref wide, name);
            }

            extra = extra[(4 + size)..];
        }

        return new ZipEntry(
            name,
            BinaryPrimitives.ReadUInt16LittleEndian(header[10..]),
            (BinaryPrimitives.ReadUInt16LittleEndian(header[8..]) & ZipEntry.EncryptedFlags) != 0,
            BinaryPrimitives.ReadUInt32LittleEndian(header[16..]),
            start,
            compressed,
            length);
    }

    private long Widened(long value, ref ReadOnlySpan<byte> wide, string name)
    {
        if (value != uint.MaxValue)
        {
            return value;
        }

        if (wide.Length < 8 || BinaryPrimitives.ReadInt64LittleEndian(wide) < 0)
        {
            throw Corrupt("its sizes are missing or negative", name);
        }

        value = BinaryPrimitives.ReadInt64LittleEndian(wide);
        wide = wide[8..];
        return value;
    }

    private static ushort UInt16(byte[] bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at));
    private static uint UInt32(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));
}
