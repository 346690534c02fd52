namespace TransferLearning;

/// <summary>Decodes the first frame of a GIF file. Transparent pixels keep their palette colour, and what a smaller frame leaves free has
/// the colour of the transparent number, or of number 0: Pillow's RGB. Skia would make both black.</summary>
internal ref struct GifImage
{
    private const int MostCodes = 4096;
    private readonly ReadOnlySpan<byte> _file;
    private readonly string _name;
    private readonly ImageDecodeOptions _options;
    private int _at;

    private GifImage(ReadOnlySpan<byte> file, string name, ImageDecodeOptions options)
    {
        _file = file;
        _name = name;
        _options = options;
    }

    public static bool Is(ReadOnlySpan<byte> file) => file.StartsWith("GIF87a"u8) || file.StartsWith("GIF89a"u8);

    public static ImagePixels Decode(ReadOnlySpan<byte> file, string name, ImageDecodeOptions options)
        => new GifImage(file, name, options).Decode();

    private ImagePixels Decode()
    {
        uint[] palette = new uint[256];
        for (int i = 0; i < palette.Length; i++)
        {
            palette[i] = new PixelColor((byte)i, (byte)i, (byte)i).Packed; // what a palette does not name is grey
        }

        ReadOnlySpan<byte> screen = Take(13);
        (int width, int height) = (Word(screen, 6), Word(screen, 8));
        ReadOnlySpan<byte> colours = Palette(screen[10]);
        int background = FindFrame();
        ReadOnlySpan<byte> frame = Take(9);
        (int left, int top, int frameWidth, int frameHeight) = (Word(frame, 0), Word(frame, 2), Word(frame, 4), Word(frame, 6));
        ReadOnlySpan<byte> own = Palette(frame[8]);
        SetPalette(palette, own.IsEmpty ? colours : own);
        (width, height) = (Math.Max(width, left + frameWidth), Math.Max(height, top + frameHeight));
        _options.CheckSize(_name, width, height);
        ImagePixels image = new(width, height);
        try
        {
            Span<uint> pixels = MemoryMarshal.Cast<byte, uint>(image.Bytes);
            pixels.Fill(palette[background]);
            Span<uint> inFrame = pixels[Math.Min(pixels.Length, (top * width) + left)..];
            Unpack(inFrame, width, frameWidth, frameHeight, isInterlaced: (frame[8] & 0x40) != 0, palette);
            return image;
        }
        catch
        {
            image.Dispose();
            throw;
        }
    }

    private static int Word(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static void SetPalette(uint[] palette, ReadOnlySpan<byte> colours)
    {
        for (int i = 0; (3 * i) + 2 < colours.Length; i++)
        {
            palette[i] = new PixelColor(colours[3 * i], colours[(3 * i) + 1], colours[(3 * i) + 2]).Packed;
        }
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _file.Length - _at)
        {
            throw MediaException.Truncated(_name);
        }

        _at += count;
        return _file.Slice(_at - count, count);
    }

    private ReadOnlySpan<byte> Palette(byte flags) => (flags & 0x80) != 0 ? Take(3 << ((flags & 7) + 1)) : [];

    /// <summary>Steps to the first frame's description; the number of its transparent colour, or 0.</summary>
    private int FindFrame()
    {
        const byte Extension = 0x21, Frame = 0x2C, End = 0x3B, GraphicControl = 0xF9;
        int transparent = 0;
        while (true)
        {
            switch (Take(1)[0])
            {
                case Frame:
                    return transparent;
                case End:
                    throw Damaged("it holds no frame");
                case Extension:
                    byte label = Take(1)[0];
                    ReadOnlySpan<byte> first = Block();
                    if (label == GraphicControl && first.Length >= 4 && (first[0] & 1) != 0)
                    {
                        transparent = first[3];
                    }

                    for (ReadOnlySpan<byte> block = first; !block.IsEmpty;)
                    {
                        block = Block();
                    }

                    break;
            }
        }
    }

    private ReadOnlySpan<byte> Block() => Take(Take(1)[0]);

    /// <summary>Unpacks the codes (Lempel, Ziv and Welch) of a frame.</summary>
    private void Unpack(Span<uint> to, int stride, int width, int height, bool isInterlaced, uint[] palette)
    {
        int codeBits = Take(1)[0];
        if (codeBits is < 1 or > 8)
        {
            throw Damaged($"its colours have {codeBits} bits, expected 1 to 8");
        }

        int clear = 1 << codeBits;
        (int next, int bits, int previous, int first) = (clear + 2, codeBits + 1, -1, 0);
        Span<ushort> prefixes = stackalloc ushort[MostCodes];
        Span<byte> suffixes = stackalloc byte[MostCodes];
        Span<byte> word = stackalloc byte[MostCodes + 1];
        ReadOnlySpan<byte> block = [];
        (uint waiting, int count, int x, int row) = (0, 0, 0, 0);
        while (row < height && width > 0)
        {
            while (count < bits)
            {
                if (block.IsEmpty && (_at >= _file.Length || (block = BlockOrRest()).IsEmpty))
                {
                    AcceptEarlyEnd();
                    return;
                }

                waiting |= (uint)block[0] << count;
                block = block[1..];
                count += 8;
            }

            int code = (int)(waiting & ((1u << bits) - 1));
            waiting >>= bits;
            count -= bits;
            if (code == clear)
            {
                (next, bits, previous) = (clear + 2, codeBits + 1, -1);
                continue;
            }

            if (code == clear + 1)
            {
                AcceptEarlyEnd();
                return;
            }

            if (code > next || (code == next && (previous < 0 || next >= MostCodes)) || (previous < 0 && code > clear))
            {
                throw Damaged($"row {row} of its first frame holds a code that stands for nothing");
            }

            // A code that is just being made stands for the word before and that word's first colour.
            int length = 0;
            int rest = code;
            if (code == next)
            {
                word[length++] = (byte)first;
                rest = previous;
            }

            for (; rest > clear; rest = prefixes[rest])
            {
                word[length++] = suffixes[rest];
            }

            first = rest;
            word[length++] = (byte)rest;
            if (previous >= 0 && next < MostCodes)
            {
                prefixes[next] = (ushort)previous;
                suffixes[next] = (byte)first;
                next++;
                bits += next == 1 << bits && bits < 12 ? 1 : 0;
            }

            previous = code;
            while (length > 0 && row < height)
            {
                to[((isInterlaced ? Interlaced(row, height) : row) * stride) + x] = palette[word[--length]];
                (x, row) = x + 1 == width ? (0, row + 1) : (x + 1, row);
            }
        }
    }

    /// <summary>The next block of codes, or what is left of it in a file that was cut.</summary>
    private ReadOnlySpan<byte> BlockOrRest()
    {
        int length = Math.Min(Take(1)[0], _file.Length - _at);
        return Take(length);
    }

    /// <summary>Where a row belongs: every eighth row comes first, then those half way between, and so on.</summary>
    private static int Interlaced(int row, int height)
    {
        (int eighths, int fourths) = ((height + 7) / 8, (height + 3) / 8);
        int halves = (height + 1) / 4;
        return row < eighths ? 8 * row
            : row < eighths + fourths ? (8 * (row - eighths)) + 4
            : row < eighths + fourths + halves ? (4 * (row - eighths - fourths)) + 2
            : (2 * (row - eighths - fourths - halves)) + 1;
    }

    private readonly void AcceptEarlyEnd()
    {
        if (!_options.AcceptTruncated)
        {
            throw MediaException.Truncated(_name);
        }
    }

    private readonly MediaException Damaged(string what) => new(_name, $"'{_name}' is a damaged GIF image: {what}. Copy the file again.");
}
