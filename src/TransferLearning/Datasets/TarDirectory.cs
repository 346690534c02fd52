using System.Text;
using Microsoft.Win32.SafeHandles;

namespace TransferLearning;

/// <summary>
/// Lists the files of a tar archive without reading them: POSIX ustar and pax, GNU's long names, and the old form (IEEE Std 1003.1,
/// "pax - portable archive interchange"). Links, devices and folders are passed over. Every size is checked against the archive.
/// </summary>
internal sealed class TarDirectory(SafeFileHandle file, string path)
{
    private const int Block = 512;
    private const int LongestName = 1 << 16; // also of a block of pax records, which hold a name

    private readonly long _length = RandomAccess.GetLength(file);

    /// <summary>The files, in order.</summary>
    /// <exception cref="DatasetException">The archive is compressed, damaged or cut off.</exception>
    public IEnumerable<TarEntry> Entries()
    {
        byte[] header = new byte[Block];
        string? longName = null;
        long? longSize = null;
        for (long position = 0; ;)
        {
            ReadHeader(position, header);
            if (!header.AsSpan().ContainsAnyExcept((byte)0))
            {
                yield break;
            }

            CheckSum(header, position);
            char type = (char)header[156];
            long size = longSize ?? Number(header.AsSpan(124, 12), position);
            long content = position + Block;
            if (size < 0 || size > _length - content)
            {
                throw Damaged(position, $"an entry claims {size} bytes, more than follow; the archive is cut off or damaged");
            }

            if (type is 'x' or 'L')
            {
                (longName, longSize) = type == 'L'
                    ? (Text(Content(content, size, position)), longSize)
                    : Pax(Content(content, size, position), position, longName);
            }
            else
            {
                if (type is '0' or '\0' or '7' && (longName ?? NameOf(header)) is { Length: > 0 } name && !name.EndsWith('/'))
                {
                    yield return new TarEntry(name, content, size, Crc32.Append(0, header));
                }
                else if (type == 'S')
                {
                    throw Damaged(position, "it holds a sparse file, which cannot be read at one place; pack it again without");
                }

                if (type is not ('K' or 'g'))
                {
                    (longName, longSize) = (null, null);
                }
            }

            // Links and devices have no content, whatever they claim.
            position = content + (type is >= '1' and <= '6' ? 0 : (size + Block - 1) / Block * Block);
        }
    }

    private static string NameOf(byte[] header)
    {
        string name = Text(header.AsSpan(0, 100));
        bool isPosix = header.AsSpan(257, 6).SequenceEqual("ustar\0"u8);
        string prefix = isPosix ? Text(header.AsSpan(345, 155)) : "";
        return prefix.Length > 0 ? $"{prefix}/{name}" : name;
    }

    private static string Text(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }

    private void ReadHeader(long position, byte[] header)
    {
        if (position == 0)
        {
            CheckForm(header);
        }

        if (_length - position < Block || RandomAccess.Read(file, header, position) < Block)
        {
            throw Damaged(position, "the mark of its end is missing; the archive is cut off");
        }
    }

    private void CheckForm(byte[] buffer)
    {
        int read = RandomAccess.Read(file, buffer, 0);
        bool isCompressed = buffer.AsSpan(0, read) is [0x1F, 0x8B, ..] or [(byte)'B', (byte)'Z', (byte)'h', ..]
            or [0xFD, (byte)'7', (byte)'z', ..] or [0x28, 0xB5, 0x2F, 0xFD, ..];
        if (isCompressed)
        {
            throw new DatasetException(
                $"'{path}' is compressed, so that single pictures cannot be reached. Unpack it once (gunzip, for example) and open the " +
                ".tar; pictures are compressed themselves and lose nothing.");
        }
    }

    /// <summary>A number in octal digits, or in GNU's binary form if the first bit is set.</summary>
    private long Number(ReadOnlySpan<byte> field, long position)
    {
        long value = 0;
        if ((field[0] & 0x80) != 0)
        {
            // A negative number is as wrong as one beyond 63 bits.
            foreach (byte part in field[^8..])
            {
                value = (value << 8) | part;
            }

            return field[0] == 0x80 && !field[1..^8].ContainsAnyExcept((byte)0) ? value : -1;
        }

        var digits = field.Trim(" \0"u8);
        foreach (byte digit in digits)
        {
            value = digit is >= (byte)'0' and <= (byte)'7'
                ? (value * 8) + digit - '0'
                : throw Damaged(position, "the size of an entry is no number");
        }

        return value;
    }

    private void CheckSum(byte[] header, long position)
    {
        long expected = Number(header.AsSpan(148, 8), position), sum = 8 * ' ', signed = 8 * ' ';
        for (int i = 0; i < Block; i++)
        {
            if (i is < 148 or >= 156)
            {
                sum += header[i];
                signed += (sbyte)header[i]; // as some old programs did
            }
        }

        if (expected != sum && expected != signed)
        {
            throw Damaged(position, position == 0 ? "it is no tar archive" : "the checksum of an entry is wrong");
        }
    }

    private byte[] Content(long offset, long size, long position)
    {
        byte[] bytes = size <= LongestName
            ? new byte[size]
            : throw Damaged(position, $"a name has {size} bytes; expected at most {LongestName}");
        return RandomAccess.Read(file, bytes, offset) == bytes.Length
            ? bytes
            : throw Damaged(position, "the archive became shorter while it was read");
    }

    /// <summary>The name and size in pax records, each "length key=value\n".</summary>
    private (string? Name, long? Size) Pax(ReadOnlySpan<byte> records, long position, string? name)
    {
        long? size = null;
        while (!records.IsEmpty)
        {
            int space = records.IndexOf((byte)' ');
            if (space <= 0 || !int.TryParse(records[..space], out int length) || length <= space + 1 || length > records.Length)
            {
                throw Damaged(position, "a pax record has no proper length");
            }

            var record = records[(space + 1)..(length - 1)];
            int equals = record.IndexOf((byte)'=');
            var key = equals < 0 ? default : record[..equals];
            var value = record[(equals + 1)..];
            if (key.SequenceEqual("path"u8))
            {
                name = Text(value);
            }
            else if (key.SequenceEqual("size"u8))
            {
                size = long.TryParse(value, out long given) ? given : throw Damaged(position, "a pax record has a size that is no number");
            }

            records = records[length..];
        }

        return (name, size);
    }

    private DatasetException Damaged(long position, string problem)
        => new($"'{path}', byte {position}: {problem}. Fetch or pack it again.");
}
