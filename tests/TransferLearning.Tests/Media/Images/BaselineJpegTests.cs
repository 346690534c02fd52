using System.Numerics;
using SkiaSharp;

namespace TransferLearning.Tests;

public sealed class BaselineJpegTests
{
    public static TheoryData<int, int> Sizes => new()
    {
        { 1, 1 }, { 7, 5 }, { 8, 8 }, { 9, 17 }, { 16, 16 }, { 33, 31 }, { 50, 40 }, { 127, 64 }, { 500, 375 }, { 225, 226 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Gives_the_pixels_of_libjpeg_at_every_quality(int width, int height)
    {
        foreach (int quality in new[] { 1, 10, 50, 75, 88, 95, 100 })
        {
            using ImagePixels noise = TestImages.Noise(width, height, seed: quality);
            AssertSame(ImageEncoder.ToJpeg(noise, quality), width > 4);
            using ImagePixels smooth = Smooth(width, height);
            AssertSame(ImageEncoder.ToJpeg(smooth, quality), width > 4);
        }
    }

    [Theory]
    [InlineData(SKJpegEncoderDownsample.Downsample444)]
    [InlineData(SKJpegEncoderDownsample.Downsample422)]
    [InlineData(SKJpegEncoderDownsample.Downsample420)]
    public void Gives_the_pixels_of_libjpeg_for_every_sampling_of_colour(SKJpegEncoderDownsample sampling)
    {
        foreach ((int width, int height) in new[] { (5, 3), (16, 8), (31, 33), (64, 48), (203, 101) })
        {
            using ImagePixels image = TestImages.Noise(width, height, seed: width);
            AssertSame(Encode(image, SKColorType.Rgb888x, sampling), isFast: true);
        }
    }

    [Fact]
    public void Gives_the_pixels_of_libjpeg_for_grey()
    {
        foreach ((int width, int height) in new[] { (1, 1), (3, 5), (31, 33), (203, 101) })
        {
            using ImagePixels image = TestImages.Noise((width + 3) / 4, height, seed: width);
            AssertSame(Encode(image, SKColorType.Gray8, SKJpegEncoderDownsample.Downsample420), isFast: true);
        }
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(17)]
    public unsafe void Writes_nothing_beyond_the_image(int width)
    {
        for (int height = 1; height <= 40; height++)
        {
            using ImagePixels noise = TestImages.Noise(width, height, seed: height);
            byte[] file = Encode(noise, SKColorType.Rgb888x, SKJpegEncoderDownsample.Downsample420);
            using ImagePixels image = new(width, height);
            fixed (byte* pixels = image.Bytes)
            {
                // The pixels lie in a rented array whose length is a power of two: what is left of it must stay as it is.
                int length = image.Bytes.Length;
                Span<byte> rest = new(pixels + length, (int)BitOperations.RoundUpToPowerOf2((uint)length) - length);
                rest.Fill(0xA5);
                Assert.Same(image, BaselineJpeg.Decode(file, (_, _) => image));
                Assert.False(rest.ContainsAnyExcept((byte)0xA5), $"{width} x {height}");
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    public void Starts_afresh_at_restart_markers(int interval)
    {
        // 40 x 32 in grey, each block flat: DC numbers of 0, 4 or 6 bits (codes 00, 01, 10), then the end of the block (code 0).
        SeededRandom random = new(interval);
        List<byte> file =
        [
            0xFF, 0xD8, 0xFF, 0xDB, 0, 67, 0, .. Enumerable.Repeat((byte)8, 64), 0xFF, 0xC0, 0, 11, 8, 0, 32, 0, 40, 1, 1, 0x11, 0,
            0xFF, 0xC4, 0, 22, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 6,
            0xFF, 0xC4, 0, 20, 0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            0xFF, 0xDD, 0, 4, 0, (byte)interval, 0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0,
        ];
        string bits = "";
        for (int block = 0; block < 20; block++)
        {
            if (block > 0 && block % interval == 0)
            {
                Flush();
                file.AddRange([0xFF, (byte)(0xD0 + (((block / interval) - 1) % 8))]);
            }

            int kind = random.NextInt32(3);
            int size = kind == 0 ? 0 : 2 + (2 * kind);
            bits += new[] { "00", "01", "10" }[kind] + string.Concat(Enumerable.Range(0, size).Select(_ => random.NextInt32(2))) + "0";
        }

        Flush();
        file.AddRange([0xFF, 0xD9]);
        AssertSame([.. file], isFast: true);

        void Flush()
        {
            bits = bits.PadRight((bits.Length + 7) / 8 * 8, '1');
            for (int at = 0; at < bits.Length; at += 8)
            {
                byte value = Convert.ToByte(bits.Substring(at, 8), 2);
                file.AddRange(value == 0xFF ? [0xFF, 0] : [value]);
            }

            bits = "";
        }
    }

    [Fact]
    public void A_damaged_file_is_refused_or_decoded_as_without_the_fast_decoder()
    {
        using ImagePixels image = TestImages.Noise(48, 40, seed: 9);
        byte[] whole = ImageEncoder.ToJpeg(image, 80);
        SeededRandom random = new(4);
        for (int i = 0; i < 600; i++)
        {
            byte[] damaged = [.. whole];
            for (int change = 0; change <= i % 4; change++)
            {
                damaged[random.NextInt32(damaged.Length)] = (byte)random.NextInt32(256);
            }

            Assert.Equal(Outcome(damaged, skiaAlone: true), Outcome(damaged, skiaAlone: false));
        }

        for (int length = 1; length < whole.Length; length += 7)
        {
            Assert.Equal(Outcome(whole[..length], skiaAlone: true), Outcome(whole[..length], skiaAlone: false));
        }
    }

    // Not the pixels: of numbers far out of range libjpeg's plain and vector forms make different ones too.
    private static string Outcome(byte[] file, bool skiaAlone)
    {
        try
        {
            SkiaImageCodec codec = new(new ImageDecodeOptions { UseVectorJpeg = !skiaAlone });
            using ImagePixels decoded = codec.Decode(file, "damaged.jpg");
            return $"{decoded.Width} x {decoded.Height}";
        }
        catch (MediaException error)
        {
            return error.Message;
        }
    }

    private static unsafe byte[] Encode(ImagePixels image, SKColorType colors, SKJpegEncoderDownsample sampling)
    {
        fixed (byte* pixels = image.Bytes)
        {
            int width = image.Width * (colors == SKColorType.Gray8 ? 4 : 1);
            using SKPixmap map = new(new SKImageInfo(width, image.Height, colors, SKAlphaType.Opaque), (nint)pixels, image.Stride);
            using SKData data = map.Encode(new SKJpegEncoderOptions(85, sampling, SKJpegEncoderAlphaOption.Ignore))!;
            return data.ToArray();
        }
    }

    private static void AssertSame(byte[] file, bool isFast)
    {
        using ImagePixels expected = new SkiaImageCodec(new ImageDecodeOptions { UseVectorJpeg = false }).Decode(file, "expected.jpg");
        using ImagePixels? actual = BaselineJpeg.Decode(file, (width, height) => new(width, height));
        Assert.Equal(isFast && BaselineJpeg.IsSupported, actual is not null);
        if (actual is not null)
        {
            Assert.Equal((0, 0.0), TransformGoldens.Difference(expected, actual));
        }
    }

    private static ImagePixels Smooth(int width, int height)
    {
        ImagePixels image = new(width, height);
        for (int i = 0; i < width * height; i++)
        {
            (int x, int y) = (i % width, i / width);
            for (int channel = 0; channel < 4; channel++)
            {
                image.Bytes[(i * 4) + channel] = (byte)Math.Clamp(
                    128 + (90 * Math.Sin((x + (40 * channel)) / 11.0)) + (60 * Math.Cos(y / 7.0)), 0, 255);
            }
        }

        return image;
    }
}
