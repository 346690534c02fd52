using System.Buffers.Binary;
using System.Text;

namespace TransferLearning;

/// <summary>
/// The table of contents of a zip or zip64 archive, read strictly: names are unique and stay inside, entries lie inside the
/// file and do not overlap, local headers agree with the directory, and only stored and deflated entries are known.
/// </summary>
internal sealed class ZipDirectory
{
    private const uint EndSignature = 0x06054b50;
    private const uint End64Signature = 0x06064b50;
    private const uint Locator64Signature = 0x07064b50;
    private const uint CentralSignature = 0x02014b50;
    private const uint LocalSignature = 0x04034b50;
    private const int EndBytes = 22;
    private const int End64Bytes = 56;
    private const int Locator64Bytes = 20;
    private const int CentralBytes = 46;
    private const int LocalBytes = 30;
    private const int EncryptedFlags = 1 | (1 << 6) | (1 << 13);

    /// <summary>Deflate cannot shrink data further than this.</summary>
    private const long DeflateRatio = 1032;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly CheckpointFile _file;
    private readonly Dictionary<string, ZipEntry> _entries = [];

    private ZipDirectory(CheckpointFile file) => _file = file;

    public IReadOnlyDictionary<string, ZipEntry> Entries => _entries;

    public static ZipDirectory Read(CheckpointFile file, int maximumBytes)
    {
        ZipDirectory directory = new(file);
        (long start, long length, long count) = directory.FindDirectory();
        if (length > maximumBytes)
        {
            throw file.Error(
                CheckpointErrorKind.TooLarge,
                "zip directory",
                $"It has {length} bytes; {maximumBytes} are allowed.",
                CheckpointFile.RemedyPublisher);
        }

        byte[] bytes = new byte[length];
        file.Read(start, bytes);
        directory.ReadEntries(bytes, start, count);
        return directory;
    }

    private CheckpointException Corrupt(string problem) =>
        _file.Error(CheckpointErrorKind.CorruptZip, "zip directory", problem, CheckpointFile.RemedyDownload);

    private (long Start, long Length, long Count) FindDirectory()
    {
        byte[] tail = new byte[Math.Min(_file.Length, EndBytes + ushort.MaxValue)];
        _file.Read(_file.Length - tail.Length, tail);
        int at = tail.Length - EndBytes;
        while (at >= 0 && (UInt32(tail, at) != EndSignature || at + EndBytes + UInt16(tail, at + 20) != tail.Length))
        {
            at--;
        }

        if (at < 0)
        {
            throw _file.Error(
                CheckpointErrorKind.Truncated,
                null,
                "A zip archive ends with its directory; the file does not.",
                CheckpointFile.RemedyDownload);
        }

        long end = _file.Length - tail.Length + at;
        long count = UInt16(tail, at + 10);
        long length = UInt32(tail, at + 12);
        long start = UInt32(tail, at + 16);
        if (UInt16(tail, at + 4) is not (0 or ushort.MaxValue) || UInt16(tail, at + 8) != count)
        {
            throw Corrupt("The archive is split over several files.");
        }

        if (at >= Locator64Bytes && UInt32(tail, at - Locator64Bytes) == Locator64Signature)
        {
            (end, start, length, count) = ReadEnd64(
                tail.AsSpan(at - Locator64Bytes, Locator64Bytes), end - Locator64Bytes, start, length, count);
        }

        return start >= 0 && length >= 0 && start <= end && length <= end - start && count >= 0 && count <= length / CentralBytes
            ? (start, length, count)
            : throw Corrupt(
                $"It should have {count} entries in {length} bytes from byte {start}, which does not fit before its end record at {end}.");
    }

    private (long End, long Start, long Length, long Count) ReadEnd64(
        ReadOnlySpan<byte> locator, long locatorStart, long start, long length, long count)
    {
        long end = (long)BinaryPrimitives.ReadUInt64LittleEndian(locator[8..]);
        if (end < 0 || end > locatorStart - End64Bytes)
        {
            throw Corrupt($"The zip64 end record should be at byte {(ulong)end}, outside the archive.");
        }

        Span<byte> record = stackalloc byte[End64Bytes];
        _file.Read(end, record);
        if (BinaryPrimitives.ReadUInt32LittleEndian(record) != End64Signature)
        {
            throw Corrupt($"There is no zip64 end record at byte {end}.");
        }

        long count64 = BinaryPrimitives.ReadInt64LittleEndian(record[32..]);
        long length64 = BinaryPrimitives.ReadInt64LittleEndian(record[40..]);
        long start64 = BinaryPrimitives.ReadInt64LittleEndian(record[48..]);
        // Two readers must not see two archives: where the short record holds a number, it must be the same.
        return (count is ushort.MaxValue || count == count64)
            && (length is uint.MaxValue || length == length64)
            && (start is uint.MaxValue || start == start64)
            ? (end, start64, length64, count64)
            : throw Corrupt("Its end record and its zip64 end record disagree.");
    }

    private void ReadEntries(ReadOnlySpan<byte> bytes, long directoryStart, long count)
    {
        List<(long Local, ZipEntry Entry)> found = new((int)count);
        for (long i = 0; i < count; i++)
        {
            if (bytes.Length < CentralBytes || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != CentralSignature)
            {
                throw Corrupt($"{count} entries are claimed; entry {i} is not there.");
            }

            int nameBytes = BinaryPrimitives.ReadUInt16LittleEndian(bytes[28..]);
            int extraBytes = BinaryPrimitives.ReadUInt16LittleEndian(bytes[30..]);
            int total = CentralBytes + nameBytes + extraBytes + BinaryPrimitives.ReadUInt16LittleEndian(bytes[32..]);
            if (bytes.Length < total)
            {
                throw Corrupt($"Entry {i} reaches beyond the directory.");
            }

            ReadOnlySpan<byte> extra = bytes.Slice(CentralBytes + nameBytes, extraBytes);
            found.Add(ReadCentral(bytes[..CentralBytes], bytes.Slice(CentralBytes, nameBytes), extra));
            bytes = bytes[total..];
        }

        long free = 0;
        foreach ((long local, ZipEntry entry) in found.OrderBy(pair => pair.Local))
        {
            ZipEntry placed = Place(local, entry, free, directoryStart);
            free = placed.Start + placed.CompressedLength;
            if (!_entries.TryAdd(placed.Name, placed))
            {
                throw _file.Error(
                    CheckpointErrorKind.DuplicateEntry,
                    $"entry '{placed.Name}'",
                    "The archive holds two entries of this name.",
                    CheckpointFile.RemedyPublisher);
            }
        }
    }

    private (long Local, ZipEntry Entry) ReadCentral(ReadOnlySpan<byte> header, ReadOnlySpan<byte> nameBytes, ReadOnlySpan<byte> extra)
    {
        string name = Name(nameBytes);
        if (name.Contains('\\', StringComparison.Ordinal) || name.StartsWith('/') || name.Split('/').Contains(".."))
        {
            throw _file.Error(
                CheckpointErrorKind.PathTraversal, $"entry '{name}'", "The name leads out of the archive.", CheckpointFile.RemedyPublisher);
        }

        int method = BinaryPrimitives.ReadUInt16LittleEndian(header[10..]);
        if ((BinaryPrimitives.ReadUInt16LittleEndian(header[8..]) & EncryptedFlags) != 0 || method is not (0 or 8))
        {
            throw Corrupt($"Entry '{name}' is encrypted or compressed by method {method}; stored and deflated entries are known.");
        }

        long compressed = BinaryPrimitives.ReadUInt32LittleEndian(header[20..]);
        long length = BinaryPrimitives.ReadUInt32LittleEndian(header[24..]);
        long local = BinaryPrimitives.ReadUInt32LittleEndian(header[42..]);
        ReadExtra64(name, extra, ref length, ref compressed, ref local);
        if (length < 0 || compressed < 0 || local < 0 || (method == 0 && length != compressed) || length / DeflateRatio > compressed)
        {
            throw Corrupt($"Entry '{name}' claims {length} bytes from {compressed} stored ones.");
        }

        return (local, new ZipEntry(name, method == 8, BinaryPrimitives.ReadUInt32LittleEndian(header[16..]), 0, compressed, length));
    }

    /// <summary>The zip64 field holds, in this order, those of the three numbers that did not fit 32 bits.</summary>
    private void ReadExtra64(string name, ReadOnlySpan<byte> extra, ref long length, ref long compressed, ref long local)
    {
        while (extra.Length >= 4)
        {
            int id = BinaryPrimitives.ReadUInt16LittleEndian(extra);
            int size = BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
            if (size > extra.Length - 4)
            {
                throw Corrupt($"An extra field of entry '{name}' is cut short.");
            }

            ReadOnlySpan<byte> body = extra.Slice(4, size);
            extra = extra[(4 + size)..];
            if (id != 1)
            {
                continue;
            }

            length = Take(name, ref body, length);
            compressed = Take(name, ref body, compressed);
            local = Take(name, ref body, local);
            return;
        }
    }

    private long Take(string name, ref ReadOnlySpan<byte> body, long shortValue)
    {
        if (shortValue != uint.MaxValue)
        {
            return shortValue;
        }

        if (body.Length < 8)
        {
            throw Corrupt($"The zip64 field of entry '{name}' is cut short.");
        }

        long value = BinaryPrimitives.ReadInt64LittleEndian(body);
        body = body[8..];
        return value;
    }

    private ZipEntry Place(long local, ZipEntry entry, long free, long directoryStart)
    {
        if (local < free || local > directoryStart - LocalBytes)
        {
            throw Corrupt($"Entry '{entry.Name}' begins at byte {local}, inside another part of the archive.");
        }

        // Header and name in one read: the name is as long as in the directory, or the two disagree.
        byte[] header = new byte[Math.Min(LocalBytes + StrictUtf8.GetMaxByteCount(entry.Name.Length), directoryStart - local)];
        _file.Read(local, header);
        int nameBytes = UInt16(header, 26);
        long start = local + LocalBytes + nameBytes + UInt16(header, 28);
        bool isThere = UInt32(header, 0) == LocalSignature;
        if (!isThere || start > directoryStart || entry.CompressedLength > directoryStart - start)
        {
            throw Corrupt($"Entry '{entry.Name}' should have {entry.CompressedLength} bytes at byte {local}; it has not.");
        }

        bool agrees = LocalBytes + nameBytes <= header.Length
            && Name(header.AsSpan(LocalBytes, nameBytes)) == entry.Name
            && UInt16(header, 8) == (entry.IsDeflated ? 8 : 0)
            && (UInt16(header, 6) & EncryptedFlags) == 0;
        return agrees ? entry with { Start = start } : throw Corrupt($"Entry '{entry.Name}' is described otherwise at its own place.");
    }

    private static string Name(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1.GetString(bytes);
        }
    }

    private static ushort UInt16(byte[] bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at));

    private static uint UInt32(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));
}
