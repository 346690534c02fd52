using System.Text;

namespace TransferLearning.Tests;

/// <summary>What is expected is what Pillow gives, but for grey maps of more than 256 levels, which it cuts off at 255.</summary>
public sealed class PortableImageTests
{
    [Theory]
    [InlineData("P1\n# a comment\n3 2\n0 1 0\n110", "255,0,255,0,0,255")]
    [InlineData("P2 3 1 255 0 128 255", "0,128,255")]
    [InlineData("P2 4 1 3\n0 1 2 3", "0,85,170,255")]
    [InlineData("P2 3 1 100 0 50#half\n100", "0,128,255")]
    [InlineData("P2 3 1 65535 0 32768 65535", "0,128,255")]
    [InlineData("P2 3 1 1000 2 500 999", "1,128,255")]
    public void Plain_grey_maps_are_read(string file, string expected)
        => Assert.Equal(
            expected.Split(',').Select(byte.Parse).SelectMany(level => new[] { level, level, level }), Rgb(Encoding.ASCII.GetBytes(file)));

    [Theory]
    [InlineData("P3 1 2 255 1 2 3 4 5 6", new byte[] { 1, 2, 3, 4, 5, 6 })]
    [InlineData("P3 1 1 1 1 0 1", new byte[] { 255, 0, 255 })]
    [InlineData("P3 1 1 65535 257 514 65535", new byte[] { 1, 2, 255 })]
    public void Plain_colour_maps_are_read(string file, byte[] expected) => Assert.Equal(expected, Rgb(Encoding.ASCII.GetBytes(file)));

    [Fact]
    public void Raw_maps_are_read()
    {
        byte[] bits = Rgb([.. "P4 9 2\n"u8, 0b10100000, 0b10000000, 0b00000001, 0b01111111]);
        Assert.Equal([0, 255, 0, 255, 255, 255, 255, 255, 0, 255, 255, 255, 255, 255, 255, 255, 0, 255], bits.Where((_, i) => i % 3 == 0));
        Assert.Equal([7, 7, 7, 10, 10, 10], Rgb([.. "P5 2 1 255\n"u8, 7, 10])); // 10 is a line feed, but no longer part of the header
        Assert.Equal([0, 0, 0, 128, 128, 128, 255, 255, 255], Rgb([.. "P5 3 1 100\n"u8, 0, 50, 200])); // above the maximum
        Assert.Equal([2, 2, 2, 255, 255, 255], Rgb([.. "P5 2 1 65535\n"u8, 2, 2, 255, 255]));
        Assert.Equal([1, 2, 3], Rgb([.. "P6 1 1 255\n"u8, 1, 2, 3]));
        Assert.Equal([128, 0, 255], Rgb([.. "P6 1 1 256\n"u8, 0, 128, 0, 0, 1, 0]));
    }

    [Theory]
    [InlineData("P5 3 2 255\n12345", "ends before")]
    [InlineData("P2 3 2 255\n1 2 3 4 5", "ends before")]
    [InlineData("P6 2 1 256\n12345678901", "ends before")]
    [InlineData("P6 60000 60000 255\n123", "more than the limit")]
    [InlineData("P6 99999999999 1 255\n123", "width")]
    [InlineData("P6 0 1 255\n", "at least one")]
    [InlineData("P6 -1 1 255\n", "width")]
    [InlineData("P5 1 1 0\n1", "maximum must be from 1 to 65535")]
    [InlineData("P5 1 1 65536\n12", "maximum must be from 1 to 65535")]
    [InlineData("P2 2 1 100 100 101", "101 is not within 0 and 100")]
    [InlineData("P2 2 1 100 1 x", "no whole number")]
    [InlineData("P1 2 1 02", "2 is not within 0 and 1")]
    [InlineData("P2 8000 8000 255\n1", "ends before")] // no memory is taken for 64 million pixels
    public void Damaged_maps_are_refused(string file, string expected)
    {
        MediaException error = Assert.Throws<MediaException>(() => Rgb(Encoding.ASCII.GetBytes(file)));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains("'test.ppm'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cut_map_may_be_accepted_as_far_as_it_goes()
    {
        SkiaImageCodec codec = new(new ImageDecodeOptions { AcceptTruncated = true });
        using ImagePixels raw = codec.Decode("P5 3 1 255\nAB"u8.ToArray(), "test.pgm");
        Assert.Equal([65, 65, 65, 255, 66, 66, 66, 255, 0, 0, 0, 255], raw.Bytes.ToArray());
        using ImagePixels plain = codec.Decode("P2 2 1 255\n9"u8.ToArray(), "test.pgm");
        Assert.Equal([9, 9, 9, 255, 0, 0, 0, 255], plain.Bytes.ToArray());
    }

    private static byte[] Rgb(byte[] file)
    {
        using ImagePixels image = new SkiaImageCodec().Decode(file, "test.ppm");
        return [.. image.Bytes.ToArray().Where((_, i) => i % 4 != 3)];
    }
}
