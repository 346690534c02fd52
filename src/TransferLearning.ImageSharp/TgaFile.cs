namespace TransferLearning;

/// <summary>The header of a TGA file (Truevision TGA 2.0), checked with all its data before any pixel is decoded. Such files have no mark
/// at their beginning: what is taken for one has a header without any contradiction.</summary>
internal sealed class TgaFile
{
    private const int HeaderLength = 18;

    private TgaFile(int width, int height, int end) => (Width, Height, End) = (width, height, end);

    public int Width { get; }
    public int Height { get; }

    /// <summary>Where the pixels end.</summary>
    public int End { get; }

    public static bool Is(ReadOnlySpan<byte> file)
    {
        if (file.Length < HeaderLength)
        {
            return false;
        }

        (int map, int type, int depth) = (file[1], file[2], file[16]);
        bool hasNoMap = map == 0 && file[3..8].IndexOfAnyExcept((byte)0) < 0;
        return type switch
        {
            1 or 9 => map == 1 && depth is 8 or 16 && file[7] is 15 or 16 or 24 or 32,
            2 or 10 => hasNoMap && depth is 15 or 16 or 24 or 32,
            3 or 11 => hasNoMap && depth is 8 or 16,
            _ => false,
        };
    }

    /// <summary>Reads and checks a file.</summary>
    /// <exception cref="MediaException">It is damaged, cut, or of a kind that is refused.</exception>
    public static TgaFile Read(ReadOnlySpan<byte> file, string name, ImageDecodeOptions options)
    {
        int width = BinaryPrimitives.ReadUInt16LittleEndian(file[12..]), height = BinaryPrimitives.ReadUInt16LittleEndian(file[14..]);
        options.CheckSize(name, width, height);
        (int type, int depth) = (file[2], file[16]);
        bool isMapped = type is 1 or 9;
        int firstColour = BinaryPrimitives.ReadUInt16LittleEndian(file[3..]), colours = BinaryPrimitives.ReadUInt16LittleEndian(file[5..]);
        if ((type is 1 or 3 or 9 or 11 && depth != 8) || (file[17] & 0xC0) != 0 || firstColour != 0)
        {
            throw new MediaException(
                name,
                $"'{name}' is a TGA image that is refused: {depth} bits a pixel, an interlaced order or a palette that begins at "
                    + $"{firstColour} would not be decoded correctly. Convert it to PNG first, for example with ImageMagick: "
                    + $"magick \"{name}\" image.png.");
        }

        long start = HeaderLength + file[0] + (isMapped ? (long)colours * ((file[7] + 7) / 8) : 0);
        long? end = start > file.Length
            ? null
            : EndOf(file, (int)start, (long)width * height, (depth + 7) / 8, type >= 9, isMapped ? colours : 256);
        return end is { } found
            ? new TgaFile(width, height, (int)found)
            : throw new MediaException(
                name,
                $"'{name}' is cut or damaged: its data is not that of {width} x {height} pixels. Copy the file again.");
    }

    /// <summary>Where the pixels end; null if they do not, or name a colour that the palette lacks.</summary>
    private static long? EndOf(ReadOnlySpan<byte> file, int start, long pixels, int width, bool isPacked, int colours)
    {
        long at = start;
        while (pixels > 0)
        {
            int head = isPacked && at < file.Length ? file[(int)at] : 0;
            long run = isPacked ? (head & 0x7F) + 1 : pixels;
            long length = (head & 0x80) != 0 ? width : run * width;
            at += isPacked ? 1 : 0;
            if (run > pixels || length > file.Length - at
                || (colours < 256 && file.Slice((int)at, (int)length).IndexOfAnyInRange((byte)colours, byte.MaxValue) >= 0))
            {
                return null;
            }

            at += length;
            pixels -= run;
        }

        return at;
    }
}
