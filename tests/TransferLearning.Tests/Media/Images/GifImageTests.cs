namespace TransferLearning.Tests;

/// <summary>GIF files are made byte by byte; what is expected is what Pillow's convert("RGB") gives for them.</summary>
public sealed class GifImageTests
{
    private static readonly byte[] Red = [200, 10, 20];
    private static readonly byte[] Green = [10, 190, 20];
    private static readonly byte[] Blue = [10, 20, 180];
    private static readonly byte[] White = [240, 250, 255];

    [Fact]
    public void A_transparent_pixel_keeps_its_palette_colour()
    {
        byte[] file = Gif(2, 2, (0, 0, 2, 2), [0, 1, 2, 3], [Red, Green, Blue, White], transparent: 1);
        Assert.Equal([.. Red, .. Green, .. Blue, .. White], Rgb(file, 2, 2));
    }

    [Fact]
    public void A_palette_of_the_frame_wins_over_that_of_the_file()
    {
        byte[] file = Gif(2, 1, (0, 0, 2, 1), [0, 1], [Red, Green, Blue, White], transparent: 0, own: [White, Blue, Green, Red]);
        Assert.Equal([.. White, .. Blue], Rgb(file, 2, 1));
    }

    [Theory]
    [InlineData(null, 0)]
    [InlineData(2, 2)]
    public void What_a_smaller_frame_leaves_free_has_the_transparent_colour_or_the_first(int? transparent, int expected)
    {
        byte[][] palette = [Red, Green, Blue, White];
        byte[] file = Gif(3, 2, (1, 1, 1, 1), [3], palette, transparent, background: 1);
        byte[] free = palette[expected];
        Assert.Equal([.. free, .. free, .. free, .. free, .. White, .. free], Rgb(file, 3, 2));
    }

    [Fact]
    public void A_frame_that_sticks_out_enlarges_the_image()
    {
        byte[] file = Gif(1, 1, (1, 0, 2, 1), [1, 2], [Red, Green, Blue, White], transparent: null);
        Assert.Equal([.. Red, .. Green, .. Blue], Rgb(file, 3, 1));
    }

    [Fact]
    public void Numbers_without_a_palette_are_grey_levels()
    {
        Assert.Equal([0, 0, 0, 3, 3, 3], Rgb(Gif(2, 1, (0, 0, 2, 1), [0, 3], null, transparent: 3), 2, 1));
        Assert.Equal([.. Green, 3, 3, 3], Rgb(Gif(2, 1, (0, 0, 2, 1), [1, 3], [Red, Green], transparent: 3), 2, 1));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(8)]
    [InlineData(13)]
    public void Interlaced_rows_come_to_their_places(int height)
    {
        // Row y holds y in base 4, one digit a column; rows are stored in the order of the four passes.
        int[] stored = [.. Rows(0, 8), .. Rows(4, 8), .. Rows(2, 4), .. Rows(1, 2)];
        byte[] numbers = [.. stored.SelectMany(y => new[] { (byte)(y / 4), (byte)(y % 4) })];
        byte[][] palette = [Red, Green, Blue, White];
        byte[] file = Gif(2, height, (0, 0, 2, height), numbers, palette, transparent: null, isInterlaced: true);
        Assert.Equal(Enumerable.Range(0, height).SelectMany(y => palette[y / 4].Concat(palette[y % 4])), Rgb(file, 2, height));

        IEnumerable<int> Rows(int first, int step) => Enumerable.Range(0, height).Where(y => y % step == first % step && y >= first);
    }

    [Fact]
    public void A_cut_file_is_refused_unless_that_is_accepted()
    {
        byte[] file = Gif(
            4, 4, (0, 0, 4, 4), [.. Enumerable.Range(0, 16).Select(i => (byte)(i % 4))], [Red, Green, Blue, White], transparent: null);
        byte[] cut = file[..^6];
        MediaException error = Assert.Throws<MediaException>(() => Rgb(cut, 4, 4));
        Assert.Contains("'test.gif' ends before", error.Message, StringComparison.Ordinal);
        using ImagePixels partial = new SkiaImageCodec(new ImageDecodeOptions { AcceptTruncated = true }).Decode(cut, "test.gif");
        Assert.Equal([.. Red, 255, .. Green, 255], partial.Bytes[..8].ToArray());
        for (int length = 6; length < file.Length - 6; length++)
        {
            Assert.Throws<MediaException>(() => Rgb(file[..length], 4, 4));
        }
    }

    [Fact]
    public void Damaged_files_are_refused_before_memory_is_taken_or_by_name()
    {
        byte[] large = Gif(65535, 65535, (0, 0, 1, 1), [0], [Red, Green], transparent: null);
        Assert.Contains("more than the limit", Assert.Throws<MediaException>(() => Rgb(large, 1, 1)).Message, StringComparison.Ordinal);
        byte[] codes = Gif(2, 1, (0, 0, 2, 1), [0, 1], [Red, Green], transparent: null);
        codes[^4] = 0xFF; // codes that stand for nothing yet
        Assert.Contains("stands for nothing", Assert.Throws<MediaException>(() => Rgb(codes, 2, 1)).Message, StringComparison.Ordinal);
        byte[] none = [.. "GIF89a"u8, 1, 0, 1, 0, 0, 0, 0, (byte)';'];
        Assert.Contains("no frame", Assert.Throws<MediaException>(() => Rgb(none, 1, 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_reported_file_has_no_black()
    {
        byte[] bytes = File.ReadAllBytes(SharedData.Path("../reports/images/gif_transparent_first_frame.gif"));
        using ImagePixels image = new SkiaImageCodec().Decode(bytes, "gif_transparent_first_frame.gif");
        Assert.Equal((64, 40), (image.Width, image.Height));
        Assert.Equal([227, 17, 15], image.Bytes[..3].ToArray());
        Assert.Equal(0, TransformGoldens.CountOf(image, default));
    }

    private static byte[] Rgb(byte[] file, int width, int height)
    {
        using ImagePixels image = new SkiaImageCodec().Decode(file, "test.gif");
        Assert.Equal((width, height), (image.Width, image.Height));
        return [.. image.Bytes.ToArray().Where((_, i) => i % 4 != 3)];
    }

    /// <summary>A file of numbers from 0 to 3, each as a code of its own: a clear code before each keeps codes at three bits.</summary>
    private static byte[] Gif(
        int width, int height, (int X, int Y, int Width, int Height) frame, byte[] numbers, byte[][]? palette, int? transparent,
        byte[][]? own = null, bool isInterlaced = false, byte background = 0)
    {
        List<byte> codes = [];
        (int waiting, int count) = (0, 0);
        foreach (int code in numbers.SelectMany(number => new int[] { 4, number }).Append(5))
        {
            waiting |= code << count;
            for (count += 3; count >= 8; count -= 8, waiting >>= 8)
            {
                codes.Add((byte)waiting);
            }
        }

        codes.Add((byte)waiting);
        return
        [
            .. "GIF89a"u8, .. Word(width), .. Word(height), Flags(palette), background, 0, .. Colours(palette),
            .. transparent is { } number ? [0x21, 0xF9, 4, 1, 0, 0, (byte)number, 0] : Array.Empty<byte>(),
            0x2C, .. Word(frame.X), .. Word(frame.Y), .. Word(frame.Width), .. Word(frame.Height),
            (byte)(Flags(own) | (isInterlaced ? 0x40 : 0)),
            .. Colours(own), 2, (byte)codes.Count, .. codes, 0, (byte)';',
        ];

        static byte[] Word(int value) => [(byte)value, (byte)(value >> 8)];
        static byte Flags(byte[][]? colours) => (byte)(colours is null ? 0 : colours.Length == 2 ? 0x80 : 0x81);
        static byte[] Colours(byte[][]? colours) => [.. (colours ?? []).SelectMany(colour => colour)];
    }
}
