using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using System.Text;

namespace TransferLearning.Tests;

/// <summary>Images of 16 bits a channel keep them from the file to the numbers that enter a network.</summary>
public sealed class DeepImageTests
{
    private const int Width = 13, Height = 9;

    [Theory]
    [InlineData(0, false)]
    [InlineData(2, false)]
    [InlineData(4, false)]
    [InlineData(6, false)]
    [InlineData(0, true)]
    [InlineData(2, true)]
    [InlineData(6, true)]
    public void A_png_keeps_sixteen_bits(int colourType, bool isInterlaced)
    {
        using ImagePixels image = new SkiaImageCodec().Decode(Png(colourType, isInterlaced), "deep.png");
        Assert.Equal((Width, Height, 16), (image.Width, image.Height, image.BitsPerChannel));
        for (int i = 0; i < Width * Height; i++)
        {
            int[] wanted = colourType is 2 or 6 ? [Level(i, 0), Level(i, 1), Level(i, 2)] : [Level(i, 0), Level(i, 0), Level(i, 0)];
            Assert.Equal(wanted, image.Samples.Slice(4 * i, 3).ToArray().Select(level => (int)level));
        }
    }

    [Theory]
    [InlineData("P2 3 1 1000 0 500 1000", "0,32768,65535")]
    [InlineData("P2 2 1 65535 1 65534", "1,65534")]
    [InlineData("P2 2 1 256 1 255", "256,65279")]
    [InlineData("P5 2 1 65535#a comment ends the header\n\u0001\u0002\u0003\u0004", "258,772")]
    [InlineData("P5\n2 1\n65535\n\u0001\u0002\u0003\u0004P5 9 9 255\n", "258,772")] // another image follows
    public void A_portable_map_of_more_levels_keeps_them(string file, string expected)
    {
        using ImagePixels image = new SkiaImageCodec().Decode(Encoding.Latin1.GetBytes(file), "deep.pgm");
        Assert.Equal(expected, string.Join(',', image.Samples.ToArray().Where((_, i) => i % 4 == 1)));
    }

    [Fact]
    public void Every_maximum_gives_its_whole_range()
    {
        SkiaImageCodec codec = new();
        for (int maximum = 1; maximum <= 65535; maximum += maximum < 600 ? 1 : 997)
        {
            byte[] head = Encoding.ASCII.GetBytes($"P5 2 1 {maximum}\n");
            byte[] body = maximum > 255 ? [0, 0, (byte)(maximum >> 8), (byte)maximum] : [0, (byte)maximum];
            using ImagePixels image = codec.Decode((byte[])[.. head, .. body], "range.pgm");
            Assert.Equal(maximum > 255 ? 16 : 8, image.BitsPerChannel);
            Assert.Equal(maximum > 255 ? ushort.MaxValue : byte.MaxValue, image.BitsPerChannel == 16 ? image.Samples[4] : image.Bytes[4]);
            Assert.Equal(0, image.Bytes[0]);
        }
    }

    [Theory]
    [InlineData("P6 8000 8000 65535\n1")]
    [InlineData("P4 60000 1000\n1")]
    [InlineData("P3 7000 7000 65535 1 2 3")]
    public void No_memory_is_taken_for_what_a_portable_map_does_not_hold(string file)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<MediaException>(() => new SkiaImageCodec().Decode(Encoding.ASCII.GetBytes(file), "hostile.ppm"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void A_png_that_claims_more_than_its_data_can_hold_is_refused_before_memory_is_taken()
    {
        byte[] file = Png(2, false);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(16), 7000);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(20), 7000);
        BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(29), Crc32.HashToUInt32(file.AsSpan(12, 17)));
        long before = GC.GetAllocatedBytesForCurrentThread();
        MediaException error = Assert.Throws<MediaException>(() => new SkiaImageCodec().Decode(file, "hostile.png"));
        Assert.Contains("ends before", error.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void A_cut_or_damaged_png_is_refused_and_a_cut_one_may_be_accepted()
    {
        byte[] file = Png(2, false);
        for (int length = 34; length < file.Length - 12; length += 7)
        {
            Assert.Throws<MediaException>(() => new SkiaImageCodec().Decode(file.AsMemory(0, length), "cut.png"));
        }

        byte[] damaged = [.. file];
        damaged[60] ^= 1;
        Assert.Throws<MediaException>(() => new SkiaImageCodec().Decode(damaged, "damaged.png"));
        SkiaImageCodec lenient = new(new ImageDecodeOptions { AcceptTruncated = true });
        using ImagePixels part = lenient.Decode(file.AsMemory(0, file.Length - 200), "cut.png");
        Assert.Equal(Level(0, 0), part.Samples[0]);
    }

    [Fact]
    public void Bytes_are_rounded_or_cut_as_the_format_has_it_and_the_image_stays_one_of_eight_bits()
    {
        using ImagePixels image = new(3, 1, 16);
        ushort[] levels = [128, 129, 65535, 0, 256, 257, 32767, 0, 0, 383, 386, 0];
        levels.CopyTo(image.Samples);
        Assert.Equal([0, 1, 255, 0, 1, 1, 127, 0, 0, 1, 2, 0], image.Bytes.ToArray());
        Assert.Equal(8, image.BitsPerChannel);
        Assert.Throws<InvalidOperationException>(() => image.Samples.Length);
    }

    [Theory]
    [MemberData(nameof(Movements))]
    public void A_step_that_moves_pixels_keeps_sixteen_bits_and_moves_them_as_it_moves_eight(ImageTransform step)
    {
        using ImagePixels plain = TestImages.Noise(Width, Height, seed: 5), deep = new(Width, Height, 16);
        for (int i = 0; i < deep.Samples.Length; i++)
        {
            deep.Samples[i] = (ushort)(257 * plain.Bytes[i]);
        }

        SeededRandom random = new(1, 0, 0), again = new(1, 0, 0);
        using ImagePixels expected = step.Apply(Copy(plain), ref random), moved = step.Apply(Copy(deep), ref again);
        Assert.Equal((16, expected.Width, expected.Height), (moved.BitsPerChannel, moved.Width, moved.Height));
        for (int i = 0; i < moved.Samples.Length; i++)
        {
            // Eight bits are rounded or cut after each pass.
            Assert.True(i % 4 == 3 || Math.Abs((moved.Samples[i] / 257.0) - expected.Bytes[i]) <= 1.5, $"{step}, {i}");
        }
    }

    public static TheoryData<ImageTransform> Movements =>
    [
        new Resize(6), new Resize(20, Interpolation.Bicubic), new Resize(7, Interpolation.Nearest), new CenterCrop(5, 5),
        new CenterCrop(15, 15), new ResizeCenterCrop(8, 6), new HorizontalFlip(), new VerticalFlip(), new Crop(-2, 3, 6, 12),
        new Pad(2, PaddingMode.Reflect), new Pad(1, PaddingMode.Constant, new PixelColor(10, 200, 30)), new RandomCrop(5, 5, 2),
        new RandomResizedCrop(6, 6), new Rotate(30, Interpolation.Bilinear), new Rotate(90), new RandomHorizontalFlip(),
    ];

    [Fact]
    public void A_step_that_changes_colours_works_on_eight_bits()
    {
        SeededRandom random = new(1, 0, 0);
        using ImagePixels inverted = new Invert().Apply(new SkiaImageCodec().Decode(Png(2, false), "deep.png"), ref random);
        Assert.Equal(8, inverted.BitsPerChannel);
        Assert.Equal(255 - (Level(0, 0) >> 8), inverted.Bytes[0]);
    }

    /// <summary>What Pillow gives for one channel of floats (mode F), whose weights are the same.</summary>
    [Theory]
    [InlineData(Interpolation.Bilinear, 6, 5,
        "24217,32937,33712,28656,34011,37358,33904,27489,27228,36024,32681,28713,29801,27964,36254,28832,"
        + "29954,35111,30820,37297,32579,30775,37437,28328,38180,28364,30827,35937,30158,30375")]
    [InlineData(Interpolation.Bilinear, 17, 4,
        "21801,25316,29470,32495,31755,34968,32433,29326,33480,28545,28572,31542,35320,34580,37605,36636,"
        + "30759,35198,34853,31473,26250,23380,26295,29509,32401,34828,34346,35516,34695,29730,27383,29626,"
        + "32077,32994,27834,28265,29739,32193,35164,38066,37840,34470,28413,26609,28008,31374,35436,37362,"
        + "35443,31132,26260,34207,38907,38532,32752,25895,28720,29716,30383,34014,37646,34984,33022,35894,"
        + "29650,27238,28839,33021")]
    [InlineData(Interpolation.Bicubic, 6, 5,
        "22571,34155,34713,27142,34291,38330,35437,26532,25768,37885,32503,27694,29652,26713,37990,28342,"
        + "28964,36064,29430,39299,32547,29202,39492,27376,39776,26855,30470,37213,29148,30494")]
    [InlineData(Interpolation.Bicubic, 17, 4,
        "20461,24486,29859,33119,32016,36247,32635,28407,33388,28024,27717,31525,35691,34664,38755,37287,"
        + "30151,36581,36166,31943,25486,21779,24413,28744,32701,35084,34727,36481,35565,29413,25508,28583,"
        + "32346,33365,27417,27063,28675,32396,36666,40204,39599,34880,28045,24847,26687,31156,35632,39240,"
        + "36816,30731,25428,33873,40197,40415,32710,25043,28222,29341,29718,34079,39335,35477,32614,36261,"
        + "29011,25871,28495,33492")]
    public void Resizing_gives_Pillow_s_numbers(Interpolation interpolation, int width, int height, string expected)
    {
        using ImagePixels image = new(Width, Height, 16);
        for (int i = 0; i < Width * Height; i++)
        {
            (int y, int x) = Math.DivRem(i, Width);
            image.Samples.Slice(4 * i, 4).Fill((ushort)(16000 + (((x * 4999) + (y * 7001) + (x * y * 523 % 4001)) % 32000)));
        }

        using ImagePixels resized = Resampler.Resize(image, width, height, interpolation);
        int[] wanted = [.. expected.Split(',').Select(int.Parse)];
        int largest = wanted.Select((level, i) => Math.Abs(level - resized.Samples[4 * i])).Max();
        Assert.InRange(largest, 0, 1);
    }

    [Fact]
    public void The_numbers_that_enter_a_network_are_those_of_the_file()
    {
        ImagePipeline pipeline = new([], Height, Width, new ChannelValues(0.5f, 0.25f, 0.125f), new ChannelValues(0.5f, 0.3f, 0.2f));
        float[] planes = new float[3 * Width * Height];
        SeededRandom random = default;
        pipeline.Apply(new Sample("deep.png", 0, new EncodedImage(Png(6, false))), ref random, planes);
        for (int i = 0; i < Width * Height; i++)
        {
            Assert.Equal(((Level(i, 0) / 65535f) - 0.5f) / 0.5f, planes[i]);
            Assert.Equal(((Level(i, 2) / 65535f) - 0.125f) / 0.2f, planes[(2 * Width * Height) + i]);
        }
    }

    [Fact]
    public void Pixels_in_memory_may_have_sixteen_bits_and_a_changed_data_set_keeps_them()
    {
        byte[] rgb = [1, 2, 3, 4, 5, 6];
        Dataset dataset = Dataset.FromImages([new RawImage(1, 1, rgb) { BitsPerChannel = 16 }], [0], ["a"]);
        RawImage changed = (RawImage)dataset.Transformed(new Pad(1, PaddingMode.Edge)).Read(0).Input;
        Assert.Equal((3, 3, 16), (changed.Width, changed.Height, changed.BitsPerChannel));
        Assert.Equal(Enumerable.Repeat(rgb, 9).SelectMany(pixel => pixel), changed.Rgb.ToArray());
        Assert.Throws<ArgumentException>(() => Dataset.FromImages([new RawImage(1, 1, rgb)], [0], ["a"]));
    }

    private static ImagePixels Copy(ImagePixels image)
    {
        ImagePixels copy = new(image.Width, image.Height, image.BitsPerChannel);
        if (image.BitsPerChannel == 16)
        {
            image.Samples.CopyTo(copy.Samples);
        }
        else
        {
            image.Bytes.CopyTo(copy.Bytes);
        }

        return copy;
    }

    private static int Level(int pixel, int channel) => ((pixel * 7919) + (channel * 30011) + (pixel * pixel)) & 0xFFFF;

    /// <summary>A PNG file whose rows use all five filters in turn.</summary>
    private static byte[] Png(int colourType, bool isInterlaced)
    {
        int channels = colourType switch { 0 => 1, 2 => 3, 4 => 2, _ => 4 };
        (int X, int Y, int StepX, int StepY)[] passes = isInterlaced
            ? [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
            : [(0, 0, 1, 1)];
        MemoryStream rows = new();
        foreach ((int left, int top, int stepX, int stepY) in passes)
        {
            byte[] above = [];
            for (int y = top; y < Height && left < Width; y += stepY)
            {
                List<byte> row = [];
                for (int x = left; x < Width; x += stepX)
                {
                    for (int channel = 0; channel < channels; channel++)
                    {
                        int level = Level((y * Width) + x, channel);
                        row.AddRange([(byte)(level >> 8), (byte)level]);
                    }
                }

                above = above.Length == 0 ? new byte[row.Count] : above;
                int filter = y % 5, pixel = 2 * channels;
                rows.WriteByte((byte)filter);
                for (int i = 0; i < row.Count; i++)
                {
                    int before = i >= pixel ? row[i - pixel] : 0, corner = i >= pixel ? above[i - pixel] : 0;
                    int guess = filter switch
                    {
                        1 => before,
                        2 => above[i],
                        3 => (before + above[i]) / 2,
                        4 => Paeth(before, above[i], corner),
                        _ => 0,
                    };
                    rows.WriteByte((byte)(row[i] - guess));
                }

                above = [.. row];
            }
        }

        MemoryStream packed = new();
        using (ZLibStream zlib = new(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            zlib.Write(rows.ToArray());
        }

        byte[] header = [0, 0, 0, Width, 0, 0, 0, Height, 16, (byte)colourType, 0, 0, (byte)(isInterlaced ? 1 : 0)];
        byte[] data = packed.ToArray();
        return
        [
            0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10, .. Chunk("IHDR", header), .. Chunk("IDAT", data[..(data.Length / 2)]),
            .. Chunk("IDAT", data[(data.Length / 2)..]), .. Chunk("IEND", []),
        ];
    }

    private static int Paeth(int a, int b, int c)
    {
        int p = a + b - c;
        return Math.Abs(p - a) <= Math.Abs(p - b) && Math.Abs(p - a) <= Math.Abs(p - c) ? a : Math.Abs(p - b) <= Math.Abs(p - c) ? b : c;
    }

    private static byte[] Chunk(string kind, byte[] data)
    {
        byte[] chunk = [.. new byte[4], .. Encoding.ASCII.GetBytes(kind), .. data, .. new byte[4]];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(chunk.Length - 4), Crc32.HashToUInt32(chunk.AsSpan(4, data.Length + 4)));
        return chunk;
    }
}
