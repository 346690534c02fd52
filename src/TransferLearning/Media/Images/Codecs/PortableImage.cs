namespace TransferLearning;

/// <summary>Decodes the portable maps of Netpbm: P1 to P6, plain and raw, with every maximum from 1 to 65535. Levels are spread over 0 to
/// 255 and rounded, halves to even; more than 256 levels over 0 to 65535. Of several images in a file the first is read.</summary>
internal ref struct PortableImage
{
    private const int LongestNumber = 10;
    private readonly ReadOnlySpan<byte> _file;
    private readonly string _name;
    private readonly ImageDecodeOptions _options;
    private int _at;

    private PortableImage(ReadOnlySpan<byte> file, string name, ImageDecodeOptions options)
    {
        _file = file;
        _name = name;
        _options = options;
        _at = 2;
    }

    public static bool Is(ReadOnlySpan<byte> file)
        => file.Length >= 3 && file[0] == 'P' && file[1] is >= (byte)'1' and <= (byte)'6' && (IsSpace(file[2]) || file[2] == '#');

    public static ImagePixels Decode(ReadOnlySpan<byte> file, string name, ImageDecodeOptions options)
        => new PortableImage(file, name, options).Decode();

    private static bool IsSpace(byte value) => value is 32 or (>= 9 and <= 13);

    private ImagePixels Decode()
    {
        int kind = _file[1] - '0';
        bool isPlain = kind <= 3;
        bool isBits = kind is 1 or 4;
        int channels = kind is 3 or 6 ? 3 : 1;
        int width = Number("width");
        int height = Number("height");
        int maximum = isBits ? 1 : Number("maximum");
        if (maximum is < 1 or > 65535)
        {
            throw Damaged($"the maximum must be from 1 to 65535, found {maximum}");
        }

        bool isDeep = maximum > 255;
        _options.CheckSize(_name, width, height, isDeep ? 16 : 8);
        EndHeader();

        // A short file is refused before memory is taken for what it does not hold. A plain sample takes at least one character.
        int bytes = isDeep ? 2 : 1;
        long row = isBits && !isPlain ? ((long)width + 7) / 8 : (long)width * channels * (isPlain ? 1 : bytes);
        if (row * height > _file.Length - _at && !_options.AcceptTruncated)
        {
            throw MediaException.Truncated(_name);
        }

        ImagePixels image = new(width, height, isDeep ? 16 : 8);
        try
        {
            if (isDeep)
            {
                FillDeep(image.Samples, channels, maximum, isPlain);
            }
            else
            {
                Fill(image, channels, maximum, isPlain, isBits);
            }

            return image;
        }
        catch
        {
            image.Dispose();
            throw;
        }
    }

    private void Fill(ImagePixels image, int channels, int maximum, bool isPlain, bool isBits)
    {
        Span<uint> pixels = MemoryMarshal.Cast<byte, uint>(image.Bytes);
        pixels.Fill(default(PixelColor).Packed);
        byte[] levels = LevelTable(maximum, isBits);
        for (int i = 0; i < pixels.Length; i++)
        {
            int bit = isBits && !isPlain ? i % image.Width : -1;
            if (!ReadSample(isPlain, isBits, maximum, bit, image.Width, out int red))
            {
                return;
            }

            (int green, int blue) = (red, red);
            if (channels == 3
                && !(ReadSample(isPlain, isBits, maximum, -1, 0, out green) && ReadSample(isPlain, isBits, maximum, -1, 0, out blue)))
            {
                return;
            }

            pixels[i] = new PixelColor(levels[red], levels[green], levels[blue]).Packed;
        }
    }

    private void FillDeep(Span<ushort> samples, int channels, int maximum, bool isPlain)
    {
        MemoryMarshal.Cast<ushort, ulong>(samples).Fill(default(PixelColor).PackedDeep);
        for (int i = 0; i < samples.Length; i += 4)
        {
            for (int channel = 0; channel < channels; channel++)
            {
                if (!ReadSample(isPlain, false, maximum, -1, 0, out int value))
                {
                    return;
                }

                samples[i + channel] = (ushort)Math.Round(value / (double)maximum * ushort.MaxValue, MidpointRounding.ToEven);
            }

            if (channels == 1)
            {
                samples.Slice(i + 1, 2).Fill(samples[i]);
            }
        }
    }

    /// <summary>Steps over the one space that ends the header; a comment in its place ends with its line, as Netpbm reads it.</summary>
    private void EndHeader()
    {
        if (_at < _file.Length && _file[_at] == '#')
        {
            int end = _file[_at..].IndexOfAny((byte)'\n', (byte)'\r');
            _at = end < 0 ? _file.Length : _at + end;
        }

        _at = Math.Min(_at + 1, _file.Length);
    }

    /// <summary>Reads one sample; false where the file ends early and that is accepted.</summary>
    private bool ReadSample(bool isPlain, bool isBits, int maximum, int bit, int width, out int value)
    {
        value = 0;
        if (isPlain)
        {
            SkipSpace();
        }

        int bytes = !isPlain && maximum > 255 ? 2 : 1;
        if (_at + bytes > _file.Length)
        {
            return _options.AcceptTruncated ? false : throw MediaException.Truncated(_name);
        }

        if (isPlain)
        {
            // Bits need no space between them.
            value = isBits ? _file[_at++] - '0' : Number("sample");
            return (uint)value <= (uint)maximum ? true : throw Damaged($"a sample of {value} is not within 0 and {maximum}");
        }

        if (bit >= 0)
        {
            value = (_file[_at] >> (7 - (bit & 7))) & 1;
            _at += (bit & 7) == 7 || bit == width - 1 ? 1 : 0;
            return true;
        }

        value = Math.Min(bytes == 2 ? (_file[_at] << 8) | _file[_at + 1] : _file[_at], maximum);
        _at += bytes;
        return true;
    }

    private static byte[] LevelTable(int maximum, bool isBits)
    {
        byte[] levels = new byte[maximum + 1];
        for (int i = 0; i < levels.Length; i++)
        {
            levels[i] = isBits ? (byte)(255 * (1 - i)) : (byte)Math.Round(i / (double)maximum * 255, MidpointRounding.ToEven);
        }

        return levels;
    }

    /// <summary>Space and comments, which run from '#' to the end of the line.</summary>
    private void SkipSpace()
    {
        while (_at < _file.Length && (IsSpace(_file[_at]) || _file[_at] == '#'))
        {
            if (_file[_at] == '#')
            {
                int end = _file[_at..].IndexOfAny((byte)'\n', (byte)'\r');
                _at = end < 0 ? _file.Length : _at + end;
            }
            else
            {
                _at++;
            }
        }
    }

    private int Number(string what)
    {
        SkipSpace();
        int start = _at;
        long value = 0;
        while (_at < _file.Length && char.IsAsciiDigit((char)_file[_at]) && _at - start < LongestNumber)
        {
            value = (value * 10) + _file[_at++] - '0';
        }

        bool isClean = _at == _file.Length || IsSpace(_file[_at]) || _file[_at] == '#';
        return _at > start && isClean && value <= int.MaxValue
            ? (int)value
            : _at == _file.Length && _at == start ? throw MediaException.Truncated(_name)
                : throw Damaged($"the {what} at byte {start} is no whole number");
    }

    private readonly MediaException Damaged(string what)
        => new(_name, $"'{_name}' is a damaged portable map (P{(char)_file[1]}): {what}. Write the file again.");
}
