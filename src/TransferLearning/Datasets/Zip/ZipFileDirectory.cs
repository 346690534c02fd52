using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace TransferLearning;

/// <summary>Reads the directory at the end of a zip file (PKWARE's APPNOTE 6.3, with zip64, without multi-part files).</summary>
internal static class ZipFileDirectory
{
    private const uint EndSignature = 0x06054B50;
    private const uint End64Signature = 0x06064B50;
    private const uint Locator64Signature = 0x07064B50;
    private const uint EntrySignature = 0x02014B50;
    private const uint LocalSignature = 0x04034B50;
    private const int EndSize = 22;
    private const int End64Size = 56;
    private const int Locator64Size = 20;
    private const int EntrySize = 46;
    private const int LocalSize = 30;
    private const int MaximumCommentSize = ushort.MaxValue;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads the directory.</summary>
    /// <param name="file">The zip file.</param>
    /// <param name="path">Its name for messages.</param>
    /// <returns>The entries whose names stay inside the archive; where they say their bytes lie is inside the file.</returns>
    /// <exception cref="DatasetException">This is no zip file, or a damaged one.</exception>
    public static List<ZipFileEntry> Read(SafeFileHandle file, string path)
    {
        var (count, offset, size) = FindDirectory(file, path);
        byte[] directory = new byte[size];
        ReadExactly(file, directory, offset, path);
        var entries = new List<ZipFileEntry>();
        int position = 0;
        for (long i = 0; i < count; i++)
        {
            var rest = directory.AsSpan(position);
            if (rest.Length < EntrySize || U32(rest) != EntrySignature)
            {
                throw Damaged(path, $"entry {i} of {count} is missing in its directory");
            }

            int length = EntrySize + U16(rest[28..]) + U16(rest[30..]) + U16(rest[32..]);
            if (rest.Length < length)
            {
                throw Damaged(path, $"entry {i} of {count} is cut off in its directory");
            }

            var entry = ParseEntry(rest[..length], path);
            if (entry.HeaderOffset > offset - LocalSize || entry.CompressedSize > offset - LocalSize - entry.HeaderOffset)
            {
                throw Damaged(path, $"entry '{entry.Name}' is said to lie outside the file");
            }

            entries.Add(entry);
            position += length;
        }

        return entries;
    }

    /// <summary>Fills the buffer from a place in the file.</summary>
    public static void ReadExactly(SafeFileHandle file, Span<byte> buffer, long offset, string path)
    {
        while (buffer.Length > 0)
        {
            int read = RandomAccess.Read(file, buffer, offset);
            if (read == 0)
            {
                throw Damaged(path, "it ends too early");
            }

            buffer = buffer[read..];
            offset += read;
        }
    }

    public static DatasetException Damaged(string path, string what)
        => new($"'{path}' is a damaged zip file: {what}. Copy or download it again.");

    private static (long Count, long Offset, int Size) FindDirectory(SafeFileHandle file, string path)
    {
        long length = RandomAccess.GetLength(file);
        byte[] tail = new byte[Math.Min(length, EndSize + MaximumCommentSize)];
        ReadExactly(file, tail, length - tail.Length, path);
        int at = tail.Length - EndSize;
        while (at >= 0 && (U32(tail.AsSpan(at)) != EndSignature || at + EndSize + U16(tail.AsSpan(at + 20)) > tail.Length))
        {
            at--;
        }

        if (at < 0)
        {
            byte[] head = new byte[Math.Min(length, 8)];
            ReadExactly(file, head, 0, path);
            throw head.Length >= 4 && U32(head) == LocalSignature
                ? Damaged(path, "it begins like one, but the directory at its end is missing")
                : new DatasetException(
                    $"'{path}' is no zip file: it has {length} bytes, the first being '{Convert.ToHexString(head)}'. " +
                    "Expected a folder, or a zip file with one folder for each class.");
        }

        var end = tail.AsSpan(at, EndSize);
        long endPosition = length - tail.Length + at;
        long count = U16(end[10..]), size = U32(end[12..]), offset = U32(end[16..]);
        bool oneDisk = U16(end[4..]) == 0 && U16(end[6..]) == 0 && U16(end[8..]) == count;
        if (count == ushort.MaxValue || size == uint.MaxValue || offset == uint.MaxValue)
        {
            (count, offset, size) = FindDirectory64(file, endPosition, path) ?? (count, offset, size);
        }
        else if (!oneDisk)
        {
            throw new DatasetException($"'{path}' is one part of a zip file in several parts. Join the parts first.");
        }

        bool fits = offset >= 0 && size >= 0 && count >= 0 && offset <= endPosition && size <= endPosition - offset;
        if (!fits || size > Array.MaxLength || count > size / EntrySize)
        {
            throw Damaged(
                path, $"its directory of {count} entries and {size} bytes is said to begin at byte {offset}, which does not fit the file");
        }

        return (count, offset, (int)size);
    }

    private static (long Count, long Offset, long Size)? FindDirectory64(SafeFileHandle file, long endPosition, string path)
    {
        Span<byte> locator = stackalloc byte[Locator64Size];
        if (endPosition < Locator64Size)
        {
            return null;
        }

        ReadExactly(file, locator, endPosition - Locator64Size, path);
        if (U32(locator) != Locator64Signature)
        {
            return null; // exactly 65,535 entries in a plain zip file
        }

        long position = I64(locator[8..]);
        if (position < 0 || position > endPosition - Locator64Size - End64Size)
        {
            throw Damaged(path, "the end of its directory is said to lie outside the file");
        }

        Span<byte> end = stackalloc byte[End64Size];
        ReadExactly(file, end, position, path);
        return U32(end) == End64Signature
            ? (I64(end[32..]), I64(end[48..]), I64(end[40..]))
            : throw Damaged(path, "the end of its directory is missing");
    }

    private static ZipFileEntry ParseEntry(ReadOnlySpan<byte> bytes, string path)
    {
        int nameLength = U16(bytes[28..]);
        string name = Normalised(Decoded(bytes.Slice(EntrySize, nameLength)), path);
        long compressed = U32(bytes[20..]), size = U32(bytes[24..]), offset = U32(bytes[42..]);
        var extra = bytes.Slice(EntrySize + nameLength, U16(bytes[30..]));
        while (extra.Length >= 4)
        {
            int length = U16(extra[2..]);
            if (length > extra.Length - 4)
            {
                break; // padding that some tools leave
            }

            if (U16(extra) == 1)
            {
                var wide = extra.Slice(4, length);
                size = Widened(size, ref wide, name, path);
                compressed = Widened(compressed, ref wide, name, path);
                offset = Widened(offset, ref wide, name, path);
            }

            extra = extra[(4 + length)..];
        }

        return new ZipFileEntry(name, offset, compressed, size, U32(bytes[16..]), U16(bytes[10..]), (U16(bytes[8..]) & 0x2041) != 0);
    }

    private static long Widened(long value, ref ReadOnlySpan<byte> wide, string name, string path)
    {
        if (value != uint.MaxValue)
        {
            return value;
        }

        if (wide.Length < 8 || I64(wide) < 0)
        {
            throw Damaged(path, $"the sizes of entry '{name}' are missing or negative");
        }

        value = I64(wide);
        wide = wide[8..];
        return value;
    }

    // Names are UTF-8 in practice, whether or not the flag for it is set; what is not is read byte by byte, never lost.
    private static string Decoded(ReadOnlySpan<byte> bytes)
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

    private static string Normalised(string name, string path)
    {
        string slashed = name.Replace('\\', '/');
        string[] parts = slashed.Split('/', StringSplitOptions.RemoveEmptyEntries);
        bool isRooted = slashed.StartsWith('/') || (slashed.Length > 1 && slashed[1] == ':');
        if (isRooted || parts.Contains("..") || slashed.Contains('\0', StringComparison.Ordinal))
        {
            throw new DatasetException($"'{path}' has an entry '{name}' whose path leads out of the archive. Do not use this file.");
        }

        return string.Join('/', parts.Where(part => part != ".")) + (slashed.EndsWith('/') ? "/" : "");
    }

    private static ushort U16(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private static uint U32(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private static long I64(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadInt64LittleEndian(bytes);
}
