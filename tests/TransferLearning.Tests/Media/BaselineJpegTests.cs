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
            using ImagePixels noise = TestPictures.Noise(width, height, seed: quality);
            AssertSame(ImageEncoder.ToJpeg(noise, quality), width > 4);
            using ImagePixels smooth = Smooth(width, height);
            AssertSame(ImageEncoder.ToJpeg(smooth, quality), width > 4);
        }
    }

    private static void AssertSame(byte[] file, bool isFast)
    {
        using ImagePixels expected = new SkiaImageCodec { SkiaAlone = true }.Decode(file, "expected.jpg");
        using ImagePixels actual = new(expected.Width, expected.Height);
        Assert.Equal(isFast && BaselineJpeg.IsSupported, BaselineJpeg.TryDecode(file, actual));
        if (isFast && BaselineJpeg.IsSupported)
        {
            Assert.Equal((0, 0.0), TransformGoldens.Difference(expected, actual));
        }
    }

    private static ImagePixels Smooth(int width, int height)
    {
        ImagePixels picture = new(width, height);
        for (int i = 0; i < width * height; i++)
        {
            (int x, int y) = (i % width, i / width);
            for (int channel = 0; channel < 4; channel++)
            {
                picture.Bytes[(i * 4) + channel] = (byte)Math.Clamp(128 + (90 * Math.Sin((x + (40 * channel)) / 11.0)) + (60 * Math.Cos(y / 7.0)), 0, 255);
            }
        }

        return picture;
    }
}
