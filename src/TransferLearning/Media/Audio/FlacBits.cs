using System.Buffers.Binary;
using System.Numerics;

namespace TransferLearning;

/// <summary>Reads a FLAC file bit by bit, most significant first, and keeps the checksums of what was read.</summary>
/// <param name="stream">The file.</param>
internal sealed class FlacBits(Stream stream)
{
    private static readonly byte[] Crc8Table = [.. Enumerable.Range(0, 256).Select(i => (byte)Crc(i, 0x07, 8))];
    private static readonly ushort[] Crc16Table = [.. Enumerable.Range(0, 256).Select(i => (ushort)Crc(i, 0x8005, 16))];

    private readonly byte[] _buffer = new byte[1 << 16];
    private int _length;
    private int _next; // the byte that goes into the cache next
    private ulong _cache; // its upper bits are read next
    private int _bits;
    private long _bufferStart;
    private int _summed; // up to which byte of the buffer the checksum goes
    private ushort _crc16;

    /// <summary>The place in the file of the next byte; bits of a byte that is read in part count as read.</summary>
    public long Position => _bufferStart + _next - (_bits / 8);

    /// <summary>Whether all bytes have been read.</summary>
    public bool IsAtEnd => _bits < 8 && _next == _length && !Refill();

    /// <summary>Moves to a byte.</summary>
    public void Seek(long position)
    {
        stream.Position = position;
        (_bufferStart, _length, _next, _bits, _cache, _summed) = (position, 0, 0, 0, 0, 0);
    }

    /// <summary>Begins a checksum at the next byte.</summary>
    public void StartChecksum() => (_summed, _crc16) = (_next - (_bits / 8), 0);

    /// <summary>The checksum of the whole bytes since it was begun.</summary>
    public ushort Checksum()
    {
        AddToChecksum(_next - (_bits / 8));
        return _crc16;
    }

    /// <summary>The 8-bit checksum of some bytes.</summary>
    public static byte Crc8(ReadOnlySpan<byte> bytes)
    {
        byte crc = 0;
        foreach (byte one in bytes)
        {
            crc = Crc8Table[crc ^ one];
        }

        return crc;
    }

    /// <summary>Leaves what is left of a byte that was read in part.</summary>
    public void Align() => Skip(_bits % 8);

    /// <summary>Reads an unsigned number of 0 to 32 bits.</summary>
    public uint Read(int bits)
    {
        if (bits == 0)
        {
            return 0;
        }

        Fill(bits);
        uint value = (uint)(_cache >> (64 - bits));
        Skip(bits);
        return value;
    }

    /// <summary>Reads a signed number of 0 to 33 bits.</summary>
    public long ReadSigned(int bits)
    {
        if (bits == 0)
        {
            return 0;
        }

        Fill(bits);
        long value = (long)_cache >> (64 - bits);
        Skip(bits);
        return value;
    }

    /// <summary>Reads zeros up to a one, and gives their number.</summary>
    public uint ReadUnary()
    {
        uint zeros = 0;
        while (true)
        {
            Fill(1);
            int run = Math.Min(BitOperations.LeadingZeroCount(_cache), _bits);
            zeros += (uint)run;
            if (run < _bits)
            {
                Skip(run);
                Skip(1);
                return zeros;
            }

            Skip(run);
        }
    }

    /// <summary>Reads Rice codes: zigzag numbers whose lower bits are stored as they are and whose upper part in unary.</summary>
    public void ReadRice(Span<long> values, int lowerBits)
    {
        foreach (ref long value in values)
        {
            uint code = (ReadUnary() << lowerBits) | Read(lowerBits);
            value = (long)(code >> 1) ^ -(long)(code & 1);
        }
    }

    private static int Crc(int value, int polynomial, int bits)
    {
        int crc = value << (bits - 8);
        for (int i = 0; i < 8; i++)
        {
            crc = (crc & (1 << (bits - 1))) != 0 ? (crc << 1) ^ polynomial : crc << 1;
        }

        return crc & ((1 << bits) - 1);
    }

    private void Skip(int bits)
    {
        _cache = bits == 64 ? 0 : _cache << bits;
        _bits -= bits;
    }

    private void Fill(int bits)
    {
        if (_bits >= bits)
        {
            return;
        }

        if (_length - _next >= 8)
        {
            // As many whole bytes as the cache has room for.
            int bytes = (64 - _bits) / 8;
            ulong more = BinaryPrimitives.ReadUInt64BigEndian(_buffer.AsSpan(_next));
            more &= bytes == 8 ? ulong.MaxValue : ~(ulong.MaxValue >> (8 * bytes));
            _cache |= more >> _bits;
            (_bits, _next) = (_bits + (8 * bytes), _next + bytes);
            return;
        }

        while (_bits < bits)
        {
            if (_next == _length && !Refill())
            {
                throw new EndOfStreamException("its last frame is not whole");
            }

            _cache |= (ulong)_buffer[_next++] << (56 - _bits);
            _bits += 8;
        }
    }

    private bool Refill()
    {
        int read = _next - (_bits / 8); // whole bytes in the cache have not been read
        AddToChecksum(read);
        _buffer.AsSpan(read, _length - read).CopyTo(_buffer);
        (_bufferStart, _next, _length, _summed) = (_bufferStart + read, _next - read, _length - read, 0);
        int more = stream.Read(_buffer.AsSpan(_length));
        _length += more;
        return more > 0;
    }

    private void AddToChecksum(int end)
    {
        for (; _summed < end; _summed++)
        {
            _crc16 = (ushort)((_crc16 << 8) ^ Crc16Table[(_crc16 >> 8) ^ _buffer[_summed]]);
        }
    }
}
