using System.Buffers.Binary;
using System.Text;

namespace TransferLearning.Tests;

public sealed class ForeignFormatTests
{
    [Theory]
    [InlineData("0000001866747970686569630000000068656963", "HEIC")]
    [InlineData("00000018667479706D696631000000006D69663168656963", "HEIC")]
    [InlineData("00000018667479706D696631000000006D69663161766966", "AVIF")]
    [InlineData("000000146674797061766966000000006D696631", "AVIF")]
    [InlineData("0000001466747970637278200000000069736F6D", "CR3")]
    [InlineData("000000146674797069736F6D0000000069736F6D", "video")]
    [InlineData("49492A0008000000", "TIFF")]
    [InlineData("4D4D002A00000008", "TIFF")]
    [InlineData("49492B0008000000", "BigTIFF")]
    [InlineData("49492A00100000004352 0200", "CR2")]
    [InlineData("FF0A1122", "JPEG XL")]
    [InlineData("0000000C4A584C200D0A870A", "JPEG XL")]
    [InlineData("0000000C6A5020200D0A870A", "JPEG 2000")]
    [InlineData("FF4FFF510000", "JPEG 2000")]
    [InlineData("384250530001", "Photoshop")]
    [InlineData("255044462D312E37", "PDF")]
    [InlineData("46554A4946494C4D4343442D524157", "RAF")]
    [InlineData("4949524F08000000", "ORF")]
    [InlineData("4949550008000000", "RW2")]
    [InlineData("504B030414000000", "zip")]
    public void A_file_that_cannot_be_decoded_is_called_by_its_format(string digits, string format)
    {
        byte[] file = [.. Convert.FromHexString(digits.Replace(" ", "", StringComparison.Ordinal)), .. new byte[200]];
        AssertNamed(file, format);
    }

    [Theory]
    [InlineData("<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG")]
    [InlineData("\uFEFF<?xml version='1.0'?>\n<!-- drawn --><svg/>", "SVG")]
    [InlineData("<!DOCTYPE html><html><svg/></html>", "web page")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:00", "git lfs pull")]
    public void So_is_a_text(string text, string format) => AssertNamed(Encoding.UTF8.GetBytes(text), format);

    [Fact]
    public void The_reported_file_is_called_heic()
        => AssertNamed(File.ReadAllBytes(SharedData.Path("../reports/images/heic_named_jpg.jpg")), "HEIC");

    [Fact]
    public void Content_and_not_the_ending_decides()
    {
        using ImagePixels image = TestImages.Noise(5, 4, seed: 1);
        using ImagePixels decoded = new SkiaImageCodec().Decode(ImageEncoder.ToPng(image), "is-a-png.jpg");
        Assert.Equal((0, 0.0), TransformGoldens.Difference(image, decoded));
    }

    [Theory]
    [InlineData("FFD8FFE000104A464946", "JPEG")]
    [InlineData("89504E470D0A1A0A0000", "PNG")]
    [InlineData("424D000000000000", "BMP")]
    public void A_known_format_without_its_header_is_called_damaged(string digits, string format)
    {
        MediaException error = Assert.Throws<MediaException>(() => new SkiaImageCodec().Decode(Convert.FromHexString(digits), "cut"));
        Assert.Contains($"damaged {format}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bitmap_without_its_first_header_is_read()
    {
        byte[] file = new byte[40 + 8 + 16];
        BinaryPrimitives.WriteInt32LittleEndian(file, 40);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(4), 2);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(8), 2);
        file[12] = 1;
        file[14] = 1; // one bit a pixel, two colours
        byte[] palette = [30, 20, 10, 0, 60, 50, 40, 0];
        palette.CopyTo(file.AsSpan(40));
        file[48] = 0b01000000; // from the bottom up
        file[52] = 0b10000000;
        using ImagePixels image = new SkiaImageCodec().Decode(file, "test.dib");
        Assert.Equal([40, 50, 60, 10, 20, 30, 10, 20, 30, 40, 50, 60], image.Bytes.ToArray().Where((_, i) => i % 4 != 3));
    }

    private static void AssertNamed(byte[] file, string format)
    {
        MediaException error = Assert.Throws<MediaException>(() => new SkiaImageCodec().Decode(file, "photo.jpg"));
        Assert.Contains(format, error.Message, StringComparison.Ordinal);
        Assert.Contains("'photo.jpg' is no image that can be read", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("bytes that begin with", error.Message, StringComparison.Ordinal);
    }
}
