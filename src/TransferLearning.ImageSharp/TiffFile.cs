namespace TransferLearning;

/// <summary>The first directory of a TIFF file, read and checked before any pixel is decoded: only what ImageSharp decodes correctly
/// passes, and only if all data is there.</summary>
internal sealed class TiffFile
{
    private const int EntryLength = 12;

    private readonly Dictionary<TiffTag, long[]> _fields = [];
    private readonly bool _isLittle;
    private readonly string _name;

    private TiffFile(bool isLittle, string name) => (_isLittle, _name) = (isLittle, name);

    public int Width { get; private set; }
    public int Height { get; private set; }
    public int BitsPerChannel { get; private set; }

    /// <summary>How the image is turned, 1 to 8.</summary>
    public int Orientation => (int)One(TiffTag.Orientation, 1);

    private TiffCompression Compression => (TiffCompression)One(TiffTag.Compression, 1);
    private int Samples => (int)One(TiffTag.SamplesPerPixel, 1);
    private bool IsPlanar => One(TiffTag.PlanarConfiguration, 1) == 2;
    private int RowsPerStrip => (int)Math.Min(One(TiffTag.RowsPerStrip, uint.MaxValue), Height);

    public static bool Is(ReadOnlySpan<byte> file)
        => file.StartsWith("II*\0"u8) || file.StartsWith("MM\0*"u8) || file.StartsWith("II+\0"u8) || file.StartsWith("MM\0+"u8);

    /// <summary>Reads and checks a file.</summary>
    /// <exception cref="MediaException">It is damaged, cut, or of a kind that is refused.</exception>
    public static TiffFile Read(ReadOnlySpan<byte> file, string name, ImageDecodeOptions options)
    {
        TiffFile tiff = new(file[0] == 'I', name);
        if (file[2] == '+' || file[3] == '+')
        {
            throw tiff.Unsupported("it is a BigTIFF file");
        }

        tiff.ReadFields(file);
        tiff.Check(options);
        tiff.CheckStrips(file);
        return tiff;
    }

    /// <summary>Whether the strips are JPEG files of the usual colours, which any JPEG decoder reads.</summary>
    public bool IsUsualJpeg => Compression == TiffCompression.Jpeg && One(TiffTag.Photometric, 0) == 6;

    /// <summary>The strips as whole JPEG files, with the tables that stand in the directory.</summary>
    public IEnumerable<(byte[] File, int FirstRow)> JpegFiles(ReadOnlyMemory<byte> file)
    {
        const int MarkerLength = 2;
        byte[] tables = _fields.TryGetValue(TiffTag.JpegTables, out long[]? values) ? [.. values.Select(value => (byte)value)] : [];
        tables = tables.Length > 2 * MarkerLength ? tables[MarkerLength..^MarkerLength] : [];
        long[] offsets = _fields[TiffTag.StripOffsets], counts = _fields[TiffTag.StripByteCounts];
        for (int i = 0; i < offsets.Length; i++)
        {
            ReadOnlySpan<byte> strip = file.Span.Slice((int)offsets[i], (int)counts[i]);
            yield return ([.. strip[..MarkerLength], .. tables, .. strip[MarkerLength..]], i * RowsPerStrip);
        }
    }

    /// <summary>A file of the same pixels that holds nothing else: the checked fields and the strips.</summary>
    public byte[] Rewritten(ReadOnlySpan<byte> file)
    {
        long[] offsets = _fields[TiffTag.StripOffsets], counts = _fields[TiffTag.StripByteCounts];
        TiffTag[] tags =
        [
            .. _fields.Keys.Where(tag => tag is not (TiffTag.NewSubfileType or TiffTag.Orientation or TiffTag.FillOrder)).Order(),
        ];
        int directory = 8, beyond = directory + 2 + (tags.Length * EntryLength) + 4;
        int data = beyond + tags.Sum(tag => ValueLength(tag) > 4 ? ValueLength(tag) : 0);
        byte[] clean = new byte[data + counts.Sum()];
        (_isLittle ? "II*\0"u8 : "MM\0*"u8).CopyTo(clean);
        Put(clean, 4, directory, 4);
        Put(clean, directory, tags.Length, 2);
        long[] moved = new long[offsets.Length];
        for (int i = 0; i < offsets.Length; i++)
        {
            file.Slice((int)offsets[i], (int)counts[i]).CopyTo(clean.AsSpan(data));
            moved[i] = data;
            data += (int)counts[i];
        }

        for (int i = 0; i < tags.Length; i++)
        {
            long[] values = tags[i] == TiffTag.StripOffsets ? moved : _fields[tags[i]];
            int entry = directory + 2 + (i * EntryLength), width = ValueWidth(tags[i]), place = entry + 8;
            Put(clean, entry, (int)tags[i], 2);
            Put(clean, entry + 2, width switch { 1 => 7, 2 => 3, _ => 4 }, 2);
            Put(clean, entry + 4, values.Length, 4);
            if (values.Length * width > 4)
            {
                Put(clean, place, beyond, 4);
                place = beyond;
                beyond += values.Length * width;
            }

            for (int k = 0; k < values.Length; k++)
            {
                Put(clean, place + (k * width), values[k], width);
            }
        }

        return clean;
    }

    private static int ValueWidth(TiffTag tag) => tag switch
    {
        TiffTag.JpegTables => 1,
        TiffTag.Width or TiffTag.Height or TiffTag.RowsPerStrip or TiffTag.StripOffsets or TiffTag.StripByteCounts => 4,
        _ => 2,
    };

    private int ValueLength(TiffTag tag) => _fields[tag].Length * ValueWidth(tag);

    private void Put(Span<byte> to, int at, long value, int width)
    {
        for (int i = 0; i < width; i++)
        {
            to[at + (_isLittle ? i : width - 1 - i)] = (byte)(value >> (8 * i));
        }
    }

    private void ReadFields(ReadOnlySpan<byte> file)
    {
        long directory = file.Length >= 8 ? Number(file[4..], 4) : file.Length;
        if (directory > file.Length - 2)
        {
            throw Truncated();
        }

        ReadOnlySpan<byte> entries = file[(int)directory..];
        int count = (int)Number(entries, 2);
        if (entries.Length < 2 + (count * EntryLength))
        {
            throw Truncated();
        }

        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> entry = entries.Slice(2 + (i * EntryLength), EntryLength);
            TiffTag tag = (TiffTag)Number(entry, 2);
            if (Enum.IsDefined(tag) && !_fields.TryAdd(tag, Values(file, entry, tag)))
            {
                throw Damaged($"its directory names {tag} twice");
            }
        }
    }

    private long[] Values(ReadOnlySpan<byte> file, ReadOnlySpan<byte> entry, TiffTag tag)
    {
        int width = Number(entry[2..], 2) switch { 1 or 7 => 1, 3 => 2, 4 => 4, _ => 0 };
        long count = Number(entry[4..], 4), length = count * width;
        if (width == 0 || count == 0)
        {
            throw Damaged($"{tag} has {(width == 0 ? "an unknown type" : "no value")}");
        }

        long place = Number(entry[8..], 4);
        if (length > 4 && place + length > file.Length)
        {
            throw Truncated();
        }

        ReadOnlySpan<byte> from = length > 4 ? file.Slice((int)place, (int)length) : entry[8..];
        long[] values = new long[count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Number(from[(i * width)..], width);
        }

        return values;
    }

    private long Number(ReadOnlySpan<byte> from, int width) => (width, _isLittle) switch
    {
        (1, _) => from[0],
        (2, true) => BinaryPrimitives.ReadUInt16LittleEndian(from),
        (2, false) => BinaryPrimitives.ReadUInt16BigEndian(from),
        (_, true) => BinaryPrimitives.ReadUInt32LittleEndian(from),
        _ => BinaryPrimitives.ReadUInt32BigEndian(from),
    };

    private long One(TiffTag tag, long otherwise)
        => !_fields.TryGetValue(tag, out long[]? values) ? otherwise
            : values.All(value => value == values[0]) ? values[0]
            : throw Unsupported($"{tag} differs from sample to sample ({string.Join(", ", values)})");

    private void Check(ImageDecodeOptions options)
    {
        if (_fields.ContainsKey(TiffTag.DngVersion) || _fields.ContainsKey(TiffTag.CfaPattern) || (One(TiffTag.NewSubfileType, 0) & 1) != 0)
        {
            throw Unsupported("it is a camera's raw photograph, or its first image is a thumbnail");
        }

        long width = One(TiffTag.Width, 0), height = One(TiffTag.Height, 0);
        (Width, Height) = ((int)Math.Min(width, int.MaxValue), (int)Math.Min(height, int.MaxValue));
        int bits = (int)One(TiffTag.BitsPerSample, 1);
        options.CheckSize(_name, Width, Height, bits == 16 ? 16 : 8);
        if (!Enum.IsDefined(Compression))
        {
            throw Unsupported($"its compression is {CompressionName((int)Compression)}");
        }

        if (_fields.ContainsKey(TiffTag.TileOffsets) || _fields.ContainsKey(TiffTag.TileWidth))
        {
            throw Unsupported("it is stored in tiles");
        }

        long photometric = One(TiffTag.Photometric, -1), format = One(TiffTag.SampleFormat, 1), predictor = One(TiffTag.Predictor, 1);
        long fill = One(TiffTag.FillOrder, 1), planar = One(TiffTag.PlanarConfiguration, 1), extra = One(TiffTag.ExtraSamples, 0);
        if (format != 1)
        {
            throw Unsupported(
                format switch { 2 => "its samples have signs", 3 => "its samples are floats", _ => $"SampleFormat is {format}" });
        }

        bool isJpeg = Compression == TiffCompression.Jpeg;
        bool isKnown = (photometric, bits, Samples) switch
        {
            (0 or 1, 1 or 4 or 8 or 16, 1) => true,
            (2, 8 or 16, 3 or 4) => true,
            (3, 4 or 8, 1) => true,
            (6, 8, 3) => isJpeg,
            _ => false,
        };
        if (!isKnown || (isJpeg && bits != 8) || (isJpeg && photometric is 3 or 0))
        {
            throw Unsupported(
                $"it has {Samples} samples of {bits} bits with the colours {photometric} (PhotometricInterpretation) and the compression "
                    + CompressionName((int)Compression));
        }

        if (extra is not (0 or 2))
        {
            throw Unsupported("its colours are multiplied by their opacity");
        }

        if (fill != 1 || planar is not (1 or 2) || predictor is not (1 or 2) || (predictor == 2 && planar == 2)
            || (isJpeg && (predictor != 1 || planar != 1)))
        {
            throw Unsupported($"FillOrder is {fill}, PlanarConfiguration {planar}, Predictor {predictor}");
        }

        if (predictor == 2 && (bits is not (8 or 16) || Compression is TiffCompression.None or TiffCompression.PackBits))
        {
            throw Unsupported($"its predictor is for samples of {bits} bits or for {CompressionName((int)Compression)}");
        }

        if (!_fields.TryGetValue(TiffTag.ColorMap, out long[]? map) && photometric == 3 || (map is not null && map.Length != 3 << bits))
        {
            throw Damaged("its palette is missing or has another number of colours");
        }

        // Each sample has its number of bits, and one value for all is written as one for each.
        foreach (TiffTag tag in new[] { TiffTag.BitsPerSample, TiffTag.SampleFormat })
        {
            if (_fields.TryGetValue(tag, out long[]? values) && values.Length != Samples)
            {
                throw Damaged($"{tag} has {values.Length} values for {Samples} samples");
            }
        }

        _fields.TryAdd(TiffTag.BitsPerSample, [bits]);
        if (map is not null)
        {
            // Programs write a level of 8 bits as 256 times it as well as 257 times.
            _fields[TiffTag.ColorMap] = [.. map.Select(value => (value >> 8) * 257)];
        }

        if (Samples == 4 && !_fields.ContainsKey(TiffTag.ExtraSamples))
        {
            _fields.Add(TiffTag.ExtraSamples, [0]);
        }

        BitsPerChannel = bits == 16 ? 16 : 8;
    }

    private void CheckStrips(ReadOnlySpan<byte> file)
    {
        if (RowsPerStrip < 1 || !_fields.TryGetValue(TiffTag.StripOffsets, out long[]? offsets)
            || !_fields.TryGetValue(TiffTag.StripByteCounts, out long[]? counts))
        {
            throw Damaged("its directory does not say where the strips are");
        }

        int inPlane = (Height + RowsPerStrip - 1) / RowsPerStrip, strips = inPlane * (IsPlanar ? Samples : 1);
        if (offsets.Length != strips || counts.Length != strips)
        {
            throw Damaged($"it names {offsets.Length} places and {counts.Length} lengths of {strips} strips");
        }

        if (counts.Sum() > file.Length)
        {
            throw Truncated(); // strips that overlap are no image either
        }

        long row = (((long)Width * One(TiffTag.BitsPerSample, 1) * (IsPlanar ? 1 : Samples)) + 7) / 8;
        for (int i = 0; i < strips; i++)
        {
            if (offsets[i] + counts[i] > file.Length)
            {
                throw Truncated();
            }

            int rows = Math.Min(RowsPerStrip, Height - (i % inPlane * RowsPerStrip));
            ReadOnlySpan<byte> strip = file.Slice((int)offsets[i], (int)counts[i]);
            if (!TiffStrip.IsWhole(strip, Compression, row * rows, Width, rows))
            {
                throw new MediaException(
                    _name,
                    $"'{_name}' is cut or damaged: strip {i} holds less than its {rows} rows of {row} bytes, or another size. "
                        + "Copy the file again.");
            }
        }
    }

    private static string CompressionName(int number) => number switch
    {
        2 or 3 or 4 or 32771 => $"CCITT ({number})",
        6 => "old-style JPEG (6)",
        34712 or 33003 or 33005 => $"JPEG 2000 ({number})",
        50000 or 34926 => $"Zstandard ({number})",
        50001 or 34927 => $"WebP ({number})",
        34925 => "LZMA (34925)",
        _ => Enum.IsDefined((TiffCompression)number) ? $"{(TiffCompression)number} ({number})" : $"number {number}",
    };

    private MediaException Truncated() => new(_name, $"'{_name}' ends before its image does. Copy the file again.");

    private MediaException Damaged(string what) => new(_name, $"'{_name}' is a damaged TIFF image: {what}. Copy the file again.");

    private MediaException Unsupported(string what) => new(
        _name,
        $"'{_name}' is a TIFF image that is refused: {what}, which would not be decoded correctly. Convert it to PNG first, for example "
            + $"with ImageMagick: magick \"{_name}\" image.png.");
}
