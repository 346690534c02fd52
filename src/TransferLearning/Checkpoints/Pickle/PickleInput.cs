namespace TransferLearning;

/// <summary>The bytes of a pickle. Every length is held against the bytes that are left before memory is taken for it.</summary>
internal sealed class PickleInput
{
    private const int BufferBytes = 1 << 16;
    private const int LineLimit = 4096;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly CheckpointFile _file;
    private readonly TensorStorage _bytes;
    private readonly byte[] _buffer;
    private Stream _stream;
    private long _streamPosition;
    private int _bufferUsed;
    private int _bufferFilled;

    public PickleInput(CheckpointFile file, string place, TensorStorage bytes)
    {
        _file = file;
        Place = place;
        _bytes = bytes;
        _buffer = new byte[(int)Math.Min(BufferBytes, bytes.ByteLength)];
        _stream = bytes.OpenRead(0);
    }

    /// <summary>What the errors call this pickle.</summary>
    public string Place { get; set; }

    public long Position => _streamPosition - (_bufferFilled - _bufferUsed);
    public long Remaining => _bytes.ByteLength - Position;

    public CheckpointException Corrupt(string problem) => Error(CheckpointErrorKind.CorruptPickle, problem);

    public CheckpointException Error(CheckpointErrorKind kind, string problem) =>
        _file.Error(kind, $"{Place} at byte {Position}", problem, CheckpointFile.RemedyPublisher);

    public byte ReadByte()
    {
        if (_bufferUsed == _bufferFilled)
        {
            Require(1);
            _bufferUsed = 0;
            _bufferFilled = 0;
            int count = (int)Math.Min(_buffer.Length, Remaining);
            _stream.ReadExactly(_buffer, 0, count);
            _streamPosition += count;
            _bufferFilled = count;
        }

        return _buffer[_bufferUsed++];
    }

    public byte[] ReadBytes(ulong length)
    {
        Require(length);
        if (length > (ulong)Array.MaxLength)
        {
            throw Error(CheckpointErrorKind.TooLarge, $"A single value has {length} bytes.");
        }

        byte[] result = new byte[length];
        ReadExactly(result);
        return result;
    }

    public uint ReadUInt16()
    {
        Span<byte> bytes = stackalloc byte[2];
        ReadExactly(bytes);
        return BinaryPrimitives.ReadUInt16LittleEndian(bytes);
    }

    public int ReadInt32()
    {
        Span<byte> bytes = stackalloc byte[4];
        ReadExactly(bytes);
        return BinaryPrimitives.ReadInt32LittleEndian(bytes);
    }

    public ulong ReadUInt64()
    {
        Span<byte> bytes = stackalloc byte[8];
        ReadExactly(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    public double ReadDouble()
    {
        Span<byte> bytes = stackalloc byte[8];
        ReadExactly(bytes);
        return BinaryPrimitives.ReadDoubleBigEndian(bytes);
    }

    public string ReadText(ulong length)
    {
        try
        {
            return StrictUtf8.GetString(ReadBytes(length));
        }
        catch (DecoderFallbackException)
        {
            throw Corrupt("A text is not UTF-8.");
        }
    }

    /// <summary>A text as Python 2 stored it: of unknown encoding.</summary>
    public string ReadOldText(ulong length)
    {
        byte[] bytes = ReadBytes(length);
        return System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : Encoding.Latin1.GetString(bytes);
    }

    public string ReadLine()
    {
        List<byte> line = [];
        for (byte next = ReadByte(); next != '\n'; next = ReadByte())
        {
            if (line.Count == LineLimit)
            {
                throw Corrupt($"A line is longer than {LineLimit} bytes.");
            }

            line.Add(next);
        }

        try
        {
            return StrictUtf8.GetString([.. line]).TrimEnd('\r');
        }
        catch (DecoderFallbackException)
        {
            throw Corrupt("A line is not UTF-8.");
        }
    }

    /// <summary>Continues at a later byte.</summary>
    public void Skip(long count)
    {
        Require((ulong)count);
        long target = Position + count;
        _stream.Dispose();
        _stream = _bytes.OpenRead(target);
        _streamPosition = target;
        _bufferUsed = 0;
        _bufferFilled = 0;
    }

    private void ReadExactly(Span<byte> destination)
    {
        Require((ulong)destination.Length);
        int buffered = Math.Min(destination.Length, _bufferFilled - _bufferUsed);
        _buffer.AsSpan(_bufferUsed, buffered).CopyTo(destination);
        _bufferUsed += buffered;
        Span<byte> rest = destination[buffered..];
        if (rest.Length < _buffer.Length)
        {
            for (int i = 0; i < rest.Length; i++)
            {
                rest[i] = ReadByte();
            }
        }
        else
        {
            _stream.ReadExactly(rest);
            _streamPosition += rest.Length;
        }
    }

    private void Require(ulong count)
    {
        if (count > (ulong)Remaining)
        {
            throw Error(CheckpointErrorKind.Truncated, $"{count} more bytes are claimed; {Remaining} are left.");
        }
    }
}
