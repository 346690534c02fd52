namespace TransferLearning;

/// <summary>
/// FLAC (RFC 9639), decoded by this library itself: all subframes, 4 to 32 bits, with the checksums of headers and frames. A place is found
/// by halving the file.
/// </summary>
internal sealed class FlacAudioReader : AudioReader
{
    private const int StreamInfoBytes = 34;
    private const int NearEnough = 1 << 16; // bytes, from where frames are decoded one by one

    private static readonly int[] Rates =
        [0, 88_200, 176_400, 192_000, 8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000];

    private readonly Stream _stream;
    private readonly FlacBits _bits;
    private readonly long _firstFrame;
    private int _sampleBits;
    private int _fixedBlock; // the size of all blocks; 0 if they differ
    private long[][] _block = [];
    private long[] _residual = [];
    private int _blockSize;
    private int _given; // of the block
    private bool _isAtEnd;

    public FlacAudioReader(Stream stream, long start, string name, AudioReadOptions options)
        : base(name, "FLAC", stream.Length, options)
    {
        _stream = stream;
        _bits = new FlacBits(stream);
        _bits.Seek(start + 4);
        Guarded(ReadMetadata);
        _firstFrame = _bits.Position;
    }

    private protected override int Decode(Span<float> interleaved)
    {
        if (Position == Length || (_given == _blockSize && !NextBlock()))
        {
            return 0;
        }

        int frames = (int)Math.Min(Math.Min(interleaved.Length / Channels, _blockSize - _given), (Length ?? long.MaxValue) - Position);
        double scale = Math.Pow(2, 1 - _sampleBits);
        for (int channel = 0; channel < Channels; channel++)
        {
            ReadOnlySpan<long> from = _block[channel].AsSpan(_given, frames);
            for (int i = 0, to = channel; i < from.Length; i++, to += Channels)
            {
                interleaved[to] = (float)(from[i] * scale);
            }
        }

        _given += frames;
        return frames;
    }

    private protected override void SeekTo(long frame)
    {
        (_isAtEnd, _blockSize, _given) = (false, 0, 0);
        if (frame >= Length)
        {
            _isAtEnd = true;
            return;
        }

        (long low, long high) = (_firstFrame, _stream.Length);
        while (high - low > NearEnough)
        {
            long middle = low + ((high - low) / 2);
            if (FindFrame(middle, high) is not { } found || found.Start > frame)
            {
                high = middle;
            }
            else
            {
                low = found.At;
            }
        }

        _bits.Seek(low);
        while (NextBlock())
        {
            if (frame < BlockStart + _blockSize)
            {
                _given = (int)Math.Max(0, frame - BlockStart);
                return;
            }
        }
    }

    private protected override void Dispose(bool disposing) => _stream.Dispose();

    /// <summary>The number of the first frame of the block.</summary>
    private long BlockStart { get; set; }

    private void ReadMetadata()
    {
        bool isLast = false, hasInfo = false;
        while (!isLast)
        {
            isLast = _bits.Read(1) == 1;
            int kind = (int)_bits.Read(7);
            int size = (int)_bits.Read(24);
            long next = _bits.Position + size;
            if (next > _stream.Length)
            {
                throw Damaged($"a metadata block claims {size} bytes, more than follow");
            }

            if (kind == 0)
            {
                hasInfo = size == StreamInfoBytes && !hasInfo ? true
                    : throw Damaged("its stream information has another size, or is there twice");
                ReadStreamInfo();
            }

            _bits.Seek(next);
        }

        if (!hasInfo)
        {
            throw Damaged("it has no stream information");
        }
    }

    private void ReadStreamInfo()
    {
        uint smallest = _bits.Read(16), largest = _bits.Read(16);
        _ = (_bits.Read(24), _bits.Read(24)); // sizes of frames, which encoders may leave out
        int rate = (int)_bits.Read(20);
        int channels = (int)_bits.Read(3) + 1;
        _sampleBits = (int)_bits.Read(5) + 1;
        long frames = ((long)_bits.Read(4) << 32) | _bits.Read(32);
        SetForm(rate, channels);
        Length = frames > 0 ? frames : null;
        _fixedBlock = smallest == largest ? (int)largest : 0;
        _block = new long[channels][];
        if (_sampleBits < 4)
        {
            throw Damaged($"its header claims {_sampleBits} bits a sample; expected 4 to 32");
        }
    }

    /// <summary>Decodes the next frame.</summary>
    /// <returns>False at the end.</returns>
    private bool NextBlock()
    {
        (_blockSize, _given) = (0, 0);
        if (_isAtEnd || _bits.IsAtEnd)
        {
            if (!_isAtEnd && Length > Position)
            {
                Truncated($"it has {Position} frames of {Length}");
            }

            _isAtEnd = true;
            return false;
        }

        try
        {
            _blockSize = ReadFrame();
            return true;
        }
        catch (EndOfStreamException exception)
        {
            Truncated(exception.Message);
            (_isAtEnd, _blockSize) = (true, 0);
            return false;
        }
    }

    /// <summary>The first whole frame that begins in a part of the file.</summary>
    private (long At, long Start)? FindFrame(long from, long end)
    {
        byte[] window = new byte[NearEnough];
        for (long at = from; at < end; at += window.Length - 1)
        {
            _stream.Position = at;
            Span<byte> bytes = window.AsSpan(
                0, _stream.ReadAtLeast(window, (int)Math.Min(window.Length, end - at), throwOnEndOfStream: false));
            for (int i = 0; i + 1 < bytes.Length; i++)
            {
                if (bytes[i] == 0xFF && (bytes[i + 1] & 0xFE) == 0xF8 && IsFrame(at + i))
                {
                    return (at + i, BlockStart);
                }
            }

            if (bytes.Length < window.Length)
            {
                break;
            }
        }

        return null;
    }

    private bool IsFrame(long position)
    {
        try
        {
            _bits.Seek(position);
            ReadFrame();
            return true;
        }
        catch (Exception exception) when (exception is MediaException or EndOfStreamException)
        {
            return false; // sound that looks like the beginning of a frame
        }
    }

    private int ReadFrame()
    {
        _bits.StartChecksum();
        Span<byte> header = stackalloc byte[16];
        int bytes = 0;
        Take(header, ref bytes, 4);
        if (header[0] != 0xFF || (header[1] & 0xFE) != 0xF8)
        {
            throw Damaged($"there is no frame at byte {_bits.Position - 4}");
        }

        bool isVariable = (header[1] & 1) != 0;
        (int sizeCode, int rateCode) = (header[2] >> 4, header[2] & 15);
        (int channelCode, int bitsCode) = (header[3] >> 4, (header[3] >> 1) & 7);
        long number = Number(header, ref bytes);
        int size = BlockSize(sizeCode, header, ref bytes);
        int rate = rateCode switch
        {
            12 => Extra(header, ref bytes, 1) * 1000,
            13 => Extra(header, ref bytes, 2),
            14 => Extra(header, ref bytes, 2) * 10,
            15 => throw Damaged("a frame has a reserved rate"),
            0 => SampleRate,
            _ => Rates[rateCode],
        };
        int sampleBits = bitsCode switch { 0 => _sampleBits, 1 => 8, 2 => 12, 4 => 16, 5 => 20, 6 => 24, 7 => 32, _ => -1 };
        int channels = channelCode < 8 ? channelCode + 1 : channelCode <= 10 ? 2 : -1;
        if (_bits.Read(8) != FlacBits.Crc8(header[..bytes]))
        {
            throw Damaged("the checksum of a frame's header is wrong");
        }

        if (channels != Channels || sampleBits != _sampleBits || rate != SampleRate)
        {
            throw Damaged(
                $"a frame has {channels} channels of {sampleBits} bits at {rate} Hz, "
                    + $"and the header {Channels} of {_sampleBits} at {SampleRate}");
        }

        for (int channel = 0; channel < Channels; channel++)
        {
            bool isSide = (channelCode == 8 && channel == 1) || (channelCode == 9 && channel == 0) || (channelCode == 10 && channel == 1);
            if (_block[channel] is not { } samples || samples.Length < size)
            {
                _block[channel] = new long[size];
            }

            ReadSubframe(_block[channel].AsSpan(0, size), sampleBits + (isSide ? 1 : 0));
        }

        _bits.Align();
        ushort checksum = _bits.Checksum();
        if (_bits.Read(16) != checksum)
        {
            throw Damaged($"the checksum of the frame that ends at byte {_bits.Position} is wrong");
        }

        Join(channelCode, size);
        BlockStart = isVariable ? number : number * (_fixedBlock > 0 ? _fixedBlock : size);
        return size;
    }

    private void Take(Span<byte> header, ref int bytes, int count)
    {
        for (int i = 0; i < count; i++)
        {
            header[bytes++] = (byte)_bits.Read(8);
        }
    }

    private int Extra(Span<byte> header, ref int bytes, int count)
    {
        Take(header, ref bytes, count);
        return count == 1 ? header[bytes - 1] : (header[bytes - 2] << 8) | header[bytes - 1];
    }

    /// <summary>The number of a frame, or of its first sample, in UTF-8's form of up to 36 bits.</summary>
    private long Number(Span<byte> header, ref int bytes)
    {
        Take(header, ref bytes, 1);
        int first = header[bytes - 1];
        int more = System.Numerics.BitOperations.LeadingZeroCount((uint)(byte)~first << 24) - 1; // ones, less the first
        if (more is 0 or > 6)
        {
            throw Damaged("the number of a frame is not written as it should be");
        }

        long number = more < 0 ? first : first & (0x3F >> more);
        for (int i = 0; i < more; i++)
        {
            Take(header, ref bytes, 1);
            number = (number << 6) | (uint)(header[bytes - 1] & 0x3F);
        }

        return number;
    }

    private int BlockSize(int code, Span<byte> header, ref int bytes) => code switch
    {
        0 => throw Damaged("a frame has a reserved size"),
        1 => 192,
        <= 5 => 576 << (code - 2),
        6 => Extra(header, ref bytes, 1) + 1,
        7 => Extra(header, ref bytes, 2) + 1,
        _ => 256 << (code - 8),
    };

    private void ReadSubframe(Span<long> samples, int bits)
    {
        uint head = _bits.Read(8);
        int kind = (int)(head >> 1) & 0x3F;
        int wasted = (head & 1) != 0 ? (int)Math.Min(_bits.ReadUnary(), 64) + 1 : 0;
        bits -= wasted;
        if (bits <= 0 || (head & 0x80) != 0)
        {
            throw Damaged("a subframe has no bits, or its first one is set");
        }

        switch (kind)
        {
            case 0:
                samples.Fill(_bits.ReadSigned(bits));
                break;
            case 1:
                Verbatim(samples, bits);
                break;
            case >= 8 and <= 12:
                Fixed(samples, kind - 8, bits);
                break;
            case >= 32:
                Predicted(samples, kind - 31, bits);
                break;
            default:
                throw Damaged($"a subframe has the reserved kind {kind}");
        }

        for (int i = 0; i < samples.Length && wasted > 0; i++)
        {
            samples[i] <<= wasted;
        }
    }

    private void Verbatim(Span<long> samples, int bits)
    {
        foreach (ref long sample in samples)
        {
            sample = _bits.ReadSigned(bits);
        }
    }

    private void Fixed(Span<long> samples, int order, int bits)
    {
        WarmUp(samples, order, bits);
        for (int i = order; i < samples.Length; i++)
        {
            samples[i] = _residual[i] + order switch
            {
                0 => 0,
                1 => samples[i - 1],
                2 => (2 * samples[i - 1]) - samples[i - 2],
                3 => (3 * samples[i - 1]) - (3 * samples[i - 2]) + samples[i - 3],
                _ => (4 * samples[i - 1]) - (6 * samples[i - 2]) + (4 * samples[i - 3]) - samples[i - 4],
            };
        }
    }

    private void Predicted(Span<long> samples, int order, int bits)
    {
        CheckOrder(samples, order);
        Verbatim(samples[..order], bits);
        int precision = (int)_bits.Read(4) + 1;
        int shift = (int)_bits.ReadSigned(5);
        if (precision == 16 || shift < 0)
        {
            throw Damaged("a subframe has a reserved precision or shift");
        }

        Span<long> weights = stackalloc long[order];
        for (int i = order - 1; i >= 0; i--)
        {
            weights[i] = _bits.ReadSigned(precision); // the nearest sample's weight comes first
        }

        ReadResidual(samples.Length, order);
        for (int i = order; i < samples.Length; i++)
        {
            ReadOnlySpan<long> before = samples.Slice(i - order, order);
            long sum = 0;
            for (int j = 0; j < weights.Length && j < before.Length; j++)
            {
                sum += weights[j] * before[j];
            }

            samples[i] = _residual[i] + (sum >> shift);
        }
    }

    private void WarmUp(Span<long> samples, int order, int bits)
    {
        CheckOrder(samples, order);
        Verbatim(samples[..order], bits);
        ReadResidual(samples.Length, order);
    }

    private void CheckOrder(Span<long> samples, int order)
    {
        if (order > samples.Length)
        {
            throw Damaged($"a frame of {samples.Length} samples is predicted from {order}");
        }
    }

    private void ReadResidual(int size, int order)
    {
        _residual = _residual.Length < size ? new long[size] : _residual;
        uint method = _bits.Read(2);
        if (method > 1)
        {
            throw Damaged("a residual has a reserved form");
        }

        int parameterBits = method == 0 ? 4 : 5;
        int partitions = 1 << (int)_bits.Read(4);
        int each = size / partitions;
        if (each * partitions != size || each < order)
        {
            throw Damaged($"a frame of {size} samples is cut into {partitions} parts");
        }

        for (int part = 0, at = order; part < partitions; part++)
        {
            Span<long> own = _residual.AsSpan(at, ((part + 1) * each) - at);
            int parameter = (int)_bits.Read(parameterBits);
            if (parameter == (1 << parameterBits) - 1)
            {
                Verbatim(own, (int)_bits.Read(5));
            }
            else
            {
                _bits.ReadRice(own, parameter);
            }

            at += own.Length;
        }
    }

    /// <summary>Makes left and right of the side channel, the difference, and another.</summary>
    private void Join(int channelCode, int size)
    {
        if (channelCode < 8)
        {
            return;
        }

        Span<long> first = _block[0].AsSpan(0, size);
        Span<long> second = _block[1].AsSpan(0, size);
        for (int i = 0; i < size; i++)
        {
            switch (channelCode)
            {
                case 8:
                    second[i] = first[i] - second[i];
                    break;
                case 9:
                    first[i] += second[i];
                    break;
                default:
                    long middle = (first[i] << 1) | (second[i] & 1);
                    (first[i], second[i]) = ((middle + second[i]) >> 1, (middle - second[i]) >> 1);
                    break;
            }
        }
    }
}
