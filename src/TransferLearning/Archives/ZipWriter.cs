using System.IO.Hashing;

namespace TransferLearning;

/// <summary>Writes a zip archive of stored entries, each of which begins at a multiple of 64 bytes so that it can be mapped. Numbers beyond
/// 32 bits go to zip64 fields.</summary>
/// <param name="stream">Where the archive goes.</param>
/// <param name="always64">Writes zip64 fields for small numbers too, as a large archive would have them.</param>
internal sealed class ZipWriter(Stream stream, bool always64 = false)
{
    private const int Alignment = 64;
    private const int LocalBytes = 30;
    private const ushort PaddingId = 0x4246;
    private const ushort Zip64Id = 1;
    private const ushort Version = 20;
    private const ushort Version64 = 45;
    private const ushort Utf8Flag = 1 << 11;

    /// <summary>1 January 1980: the same tensors give the same file.</summary>
    private const ushort Date = (1 << 5) | 1;

    private readonly List<Entry> _entries = [];
    private long _position;
    private long _due;

    private sealed record Entry(byte[] Name, long Length, uint Checksum, long Start, bool Is64);

    /// <summary>Writes a whole small entry.</summary>
    public void Add(string name, ReadOnlySpan<byte> content)
    {
        Begin(name, content.Length, Crc32.HashToUInt32(content));
        Write(content);
    }

    /// <summary>Begins an entry; exactly so many bytes must be written next.</summary>
    public void Begin(string name, long length, uint checksum)
    {
        RequireComplete();
        bool is64 = always64 || length >= uint.MaxValue;
        Entry entry = new(Encoding.UTF8.GetBytes(name), length, checksum, _position, is64);
        _entries.Add(entry);
        int extra64 = is64 ? 4 + 16 : 0;
        long unpadded = _position + LocalBytes + entry.Name.Length + extra64;
        // A padding field has a head of 4 bytes, so a gap of less takes another round.
        int padding = (int)((Alignment - (unpadded % Alignment)) % Alignment);
        padding += padding is > 0 and < 4 ? Alignment : 0;

        using MemoryStream header = new();
        using BinaryWriter writer = new(header);
        writer.Write(0x04034b50u);
        WriteShared(writer, entry, is64 ? uint.MaxValue : (uint)length);
        writer.Write((ushort)(extra64 + padding));
        writer.Write(entry.Name);
        if (is64)
        {
            writer.Write(Zip64Id);
            writer.Write((ushort)16);
            writer.Write(length);
            writer.Write(length);
        }

        if (padding > 0)
        {
            writer.Write(PaddingId);
            writer.Write((ushort)(padding - 4));
            writer.Write(new byte[padding - 4]);
        }

        Emit(header.ToArray());
        _due = length;
    }

    /// <summary>Writes the next bytes of the entry that was begun.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _due)
        {
            throw new InvalidOperationException($"The entry takes {_due} more bytes; {bytes.Length} were given.");
        }

        _due -= bytes.Length;
        Emit(bytes);
    }

    /// <summary>Writes the directory. The stream stays open.</summary>
    public void Finish()
    {
        RequireComplete();
        long start = _position;
        foreach (Entry entry in _entries)
        {
            Emit(Central(entry));
        }

        long length = _position - start;
        bool is64 = always64 || start >= uint.MaxValue || length >= uint.MaxValue || _entries.Count >= ushort.MaxValue;
        using MemoryStream end = new();
        using BinaryWriter writer = new(end);
        if (is64)
        {
            writer.Write(0x06064b50u);
            writer.Write(44L);
            writer.Write(Version64);
            writer.Write(Version64);
            writer.Write(0L);
            writer.Write((long)_entries.Count);
            writer.Write((long)_entries.Count);
            writer.Write(length);
            writer.Write(start);
            writer.Write(0x07064b50u);
            writer.Write(0u);
            writer.Write(start + length);
            writer.Write(1u);
        }

        writer.Write(0x06054b50u);
        writer.Write(0u);
        ushort count = is64 ? ushort.MaxValue : (ushort)_entries.Count;
        writer.Write(count);
        writer.Write(count);
        writer.Write(is64 ? uint.MaxValue : (uint)length);
        writer.Write(is64 ? uint.MaxValue : (uint)start);
        writer.Write((ushort)0);
        Emit(end.ToArray());
    }

    private byte[] Central(Entry entry)
    {
        bool start64 = always64 || entry.Start >= uint.MaxValue;
        int extra = (entry.Is64 ? 16 : 0) + (start64 ? 8 : 0);
        using MemoryStream header = new();
        using BinaryWriter writer = new(header);
        writer.Write(0x02014b50u);
        writer.Write(entry.Is64 || start64 ? Version64 : Version);
        WriteShared(writer, entry, entry.Is64 ? uint.MaxValue : (uint)entry.Length);
        writer.Write((ushort)(extra > 0 ? extra + 4 : 0));
        writer.Write(new byte[10]);
        writer.Write(start64 ? uint.MaxValue : (uint)entry.Start);
        writer.Write(entry.Name);
        if (extra > 0)
        {
            writer.Write(Zip64Id);
            writer.Write((ushort)extra);
            if (entry.Is64)
            {
                writer.Write(entry.Length);
                writer.Write(entry.Length);
            }

            if (start64)
            {
                writer.Write(entry.Start);
            }
        }

        return header.ToArray();
    }

    /// <summary>The fields that the local header and the directory have in the same order.</summary>
    private static void WriteShared(BinaryWriter writer, Entry entry, uint length)
    {
        writer.Write(entry.Is64 ? Version64 : Version);
        writer.Write(Utf8Flag);
        writer.Write((ushort)0);
        writer.Write((ushort)0);
        writer.Write(Date);
        writer.Write(entry.Checksum);
        writer.Write(length);
        writer.Write(length);
        writer.Write((ushort)entry.Name.Length);
    }

    private void RequireComplete()
    {
        if (_due != 0)
        {
            throw new InvalidOperationException($"The entry before lacks {_due} bytes.");
        }
    }

    private void Emit(ReadOnlySpan<byte> bytes)
    {
        stream.Write(bytes);
        _position += bytes.Length;
    }
}
