using System.Buffers.Binary;

namespace TransferLearning;

/// <summary>The packets of one stream of an Ogg file (RFC 3533), page by page, with the checksum of each page.</summary>
internal sealed class OggPackets
{
    private const int HeaderBytes = 27;
    private const int LongestPacket = 1 << 20;

    private static readonly uint[] CrcTable = [.. Enumerable.Range(0, 256).Select(i => Crc((uint)i << 24))];

    private readonly Stream _stream;
    private readonly uint _serial;
    private readonly byte[] _head = new byte[HeaderBytes + 255];
    private readonly byte[] _body = new byte[255 * 255];
    private int _segments;
    private int _segment;
    private int _at;
    private byte[] _packet = new byte[1 << 12];

    /// <summary>Begins at the first page.</summary>
    public OggPackets(Stream stream)
    {
        _stream = stream;
        stream.Position = 0;
        stream.ReadExactly(_head.AsSpan(0, HeaderBytes));
        _serial = BinaryPrimitives.ReadUInt32LittleEndian(_head.AsSpan(14));
        stream.Position = 0;
    }

    /// <summary>The next packet.</summary>
    /// <param name="packet">Its bytes, until the next call.</param>
    /// <returns>False at the end; a packet that is cut off there is not given.</returns>
    /// <exception cref="InvalidDataException">A page is damaged.</exception>
    public bool TryNext(out ReadOnlySpan<byte> packet)
    {
        int length = 0;
        while (true)
        {
            if (_segment == _segments && !NextPage())
            {
                packet = default;
                return false;
            }

            int size = _head[HeaderBytes + _segment++];
            if (length + size > LongestPacket)
            {
                throw new InvalidDataException($"a packet has more than {LongestPacket} bytes");
            }

            if (_packet.Length < length + size)
            {
                Array.Resize(ref _packet, 2 * (length + size));
            }

            _body.AsSpan(_at, size).CopyTo(_packet.AsSpan(length));
            (_at, length) = (_at + size, length + size);
            if (size < 255)
            {
                packet = _packet.AsSpan(0, length);
                return true;
            }
        }
    }

    /// <summary>Moves to the last page that begins with a packet of its own, no later than a place in the sound.</summary>
    /// <param name="granule">The place.</param>
    /// <returns>The place at which the next packet begins.</returns>
    public long Seek(long granule)
    {
        (long at, long start) best = (0, 0);
        long before = 0;
        long position = 0;
        while (ReadHeader(position) is { } size)
        {
            bool isOwn = BinaryPrimitives.ReadUInt32LittleEndian(_head.AsSpan(14)) == _serial;
            if (isOwn && before > granule)
            {
                break;
            }

            if (isOwn && (_head[5] & 1) == 0)
            {
                best = (position, before);
            }

            if (isOwn && BinaryPrimitives.ReadInt64LittleEndian(_head.AsSpan(6)) is >= 0 and long end)
            {
                before = end;
            }

            position += size;
        }

        _stream.Position = best.at;
        (_segments, _segment) = (0, 0);
        return best.start;
    }

    private static uint Crc(uint crc)
    {
        for (int i = 0; i < 8; i++)
        {
            crc = (crc & 0x80000000) != 0 ? (crc << 1) ^ 0x04C11DB7 : crc << 1;
        }

        return crc;
    }

    private bool NextPage()
    {
        do
        {
            long position = _stream.Position;
            if (ReadHeader(position) is not { } size)
            {
                return false;
            }

            int headBytes = HeaderBytes + _head[26];
            Span<byte> body = _body.AsSpan(0, (int)size - headBytes);
            _stream.Position = position + headBytes;
            if (_stream.ReadAtLeast(body, body.Length, throwOnEndOfStream: false) < body.Length)
            {
                return false;
            }

            Span<byte> stored = _head.AsSpan(22, 4);
            uint expected = BinaryPrimitives.ReadUInt32LittleEndian(stored);
            stored.Clear();
            uint crc = Checksum(Checksum(0, _head.AsSpan(0, headBytes)), body);
            if (crc != expected)
            {
                throw new InvalidDataException($"the checksum of the page at byte {position} is wrong");
            }

            (_segments, _segment, _at) = (_head[26], 0, 0);
        }
        while (_segments == 0 || BinaryPrimitives.ReadUInt32LittleEndian(_head.AsSpan(14)) != _serial);
        return true;
    }

    private static uint Checksum(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (byte one in bytes)
        {
            crc = (crc << 8) ^ CrcTable[(crc >> 24) ^ one];
        }

        return crc;
    }

    /// <summary>Reads the header of the page at a position, and gives the size of the page; null where the file ends.</summary>
    private long? ReadHeader(long position)
    {
        _stream.Position = position;
        if (_stream.ReadAtLeast(_head.AsSpan(0, HeaderBytes), HeaderBytes, throwOnEndOfStream: false) < HeaderBytes)
        {
            return null;
        }

        if (!_head.AsSpan().StartsWith("OggS"u8) || _head[4] != 0)
        {
            throw new InvalidDataException($"there is no page at byte {position}");
        }

        Span<byte> sizes = _head.AsSpan(HeaderBytes, _head[26]);
        if (_stream.ReadAtLeast(sizes, sizes.Length, throwOnEndOfStream: false) < sizes.Length)
        {
            return null;
        }

        long size = HeaderBytes + sizes.Length;
        foreach (byte one in sizes)
        {
            size += one;
        }

        return size;
    }
}
