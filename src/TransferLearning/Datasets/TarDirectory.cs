using System.Formats.Tar;
using System.IO.Hashing;

namespace TransferLearning;

/// <summary>Lists the files of a tar archive without reading them. Links, devices and folders are skipped. Every size is checked against
/// the archive before it is used.</summary>
/// <param name="file">The archive, which can be read at any place.</param>
/// <param name="path">Its path, for messages.</param>
internal sealed class TarDirectory(FileStream file, string path)
{
    private const int Block = 512;
    private const int TypeAt = 156;
    private const int LongestName = 1 << 16; // also of a block of pax records, which hold a name

    private readonly long _length = file.Length;

    /// <summary>The files, in order.</summary>
    /// <exception cref="DatasetException">The archive is compressed, damaged or cut off.</exception>
    public IEnumerable<TarredFile> Files()
    {
        using TarReader reader = new(file, leaveOpen: true);
        byte[] header = new byte[Block];
        for (long position = 0; FindHeader(ref position, header);)
        {
            TarEntry entry = Next(reader, position);
            if (entry.DataOffset != position + Block)
            {
                throw Damaged(position, "its headers are damaged");
            }

            bool hasContent = (char)header[TypeAt] is not (>= '1' and <= '6');
            if (hasContent && entry.Length > _length - entry.DataOffset)
            {
                throw Damaged(position, $"an entry claims {entry.Length} bytes, more than follow; the archive is cut off or damaged");
            }

            if (entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile
                && entry.Name is { Length: > 0 } name && !name.EndsWith('/'))
            {
                yield return new TarredFile(name, entry.DataOffset, entry.Length, Crc32.HashToUInt32(header));
            }

            position = entry.DataOffset + (hasContent ? Padded(entry.Length) : 0);
        }
    }

    private static long Padded(long size) => (size + Block - 1) / Block * Block;

    /// <summary>Finds the header of the next entry behind the blocks that only describe it; the reader would take memory for as many bytes
    /// as such a block claims, and takes a missing end for the end.</summary>
    /// <returns>False at the mark of the archive's end.</returns>
    private bool FindHeader(ref long position, byte[] header)
    {
        while (true)
        {
            int read = position < _length ? FileRange.Read(file.SafeFileHandle, header, position) : 0;
            if (position == 0)
            {
                CheckForm(header.AsSpan(0, read));
            }

            if (read < Block)
            {
                throw Damaged(position, "the mark of its end is missing; the archive is cut off");
            }

            if (!header.AsSpan().ContainsAnyExcept((byte)0))
            {
                return false;
            }

            if ((char)header[TypeAt] is not ('x' or 'L' or 'K'))
            {
                // A global block is an entry of its own for the reader.
                _ = (char)header[TypeAt] == 'g' ? DescriptionSize(header, position) : 0;
                return true;
            }

            position += Block + Padded(DescriptionSize(header, position));
        }
    }

    private long DescriptionSize(byte[] header, long position)
    {
        long size = 0;
        foreach (byte digit in header.AsSpan(124, 12).Trim(" \0"u8))
        {
            size = digit is >= (byte)'0' and <= (byte)'7' && size <= LongestName
                ? (size * 8) + digit - '0'
                : throw Damaged(position, $"the size of a name is not a number, or larger than {LongestName} bytes");
        }

        return size <= LongestName ? size : throw Damaged(position, $"a name has {size} bytes; expected at most {LongestName}");
    }

    private TarEntry Next(TarReader reader, long position)
    {
        try
        {
            return reader.GetNextEntry()
                ?? throw Damaged(position, position == 0 ? "it is no tar archive" : "the header of an entry is damaged");
        }
        catch (NotSupportedException exception)
        {
            throw Damaged(position, "it holds a sparse file, which cannot be read at one place; pack it again without", exception);
        }
        catch (Exception exception)
            when (exception is InvalidDataException or EndOfStreamException or InvalidOperationException or FormatException
                or OverflowException
                or ArgumentException)
        {
            throw Damaged(
                position, position == 0 ? $"it is no tar archive, or damaged ({exception.Message})" : exception.Message, exception);
        }
    }

    private void CheckForm(ReadOnlySpan<byte> head)
    {
        bool isCompressed = head is [0x1F, 0x8B, ..] or [(byte)'B', (byte)'Z', (byte)'h', ..]
            or [0xFD, (byte)'7', (byte)'z', ..] or [0x28, 0xB5, 0x2F, 0xFD, ..];
        if (isCompressed)
        {
            throw new DatasetException(
                $"'{path}' is compressed, so that single images cannot be reached. Unpack it once (gunzip, for example) and open the "
                + ".tar; images are compressed themselves and lose nothing.");
        }
    }

    private DatasetException Damaged(long position, string problem, Exception? inner = null)
        => new($"'{path}', byte {position}: {problem}. Fetch or pack it again.", inner);
}
