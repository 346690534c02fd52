using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace TransferLearning.Tests;

public sealed class SkiaImageCodecTests
{
    [Fact]
    public void A_png_comes_back_unchanged()
    {
        using ImagePixels image = TestImages.Noise(17, 9, seed: 5);
        using ImagePixels decoded = new SkiaImageCodec().Decode(ImageEncoder.ToPng(image), "noise.png");
        Assert.Equal((0, 0.0), TransformGoldens.Difference(image, decoded));
    }

    [Fact]
    public void A_good_jpeg_comes_back_nearly_unchanged()
    {
        using ImagePixels image = new(40, 30);
        image.Bytes.Fill(180);
        using ImagePixels decoded = new SkiaImageCodec().Decode(ImageEncoder.ToJpeg(image, quality: 95), "grey.jpg");
        Assert.InRange(TransformGoldens.Difference(image, decoded).Largest, 0, 2);
    }

    [Fact]
    public void Refuses_a_truncated_image_unless_asked()
    {
        using ImagePixels image = TestImages.Noise(64, 64, seed: 2);
        byte[] whole = ImageEncoder.ToJpeg(image);
        Memory<byte> half = whole.AsMemory(0, whole.Length / 2);
        MediaException error = Assert.Throws<MediaException>(() => new SkiaImageCodec().Decode(half, "half.jpg"));
        Assert.Contains("'half.jpg' ends before", error.Message, StringComparison.Ordinal);
        using ImagePixels partial = new SkiaImageCodec(new ImageDecodeOptions { AcceptTruncated = true }).Decode(half, "half.jpg");
        Assert.Equal((64, 64), (partial.Width, partial.Height));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Refuses_a_jpeg_that_stops_within_its_last_block(bool useVectorJpeg)
    {
        using ImagePixels image = TestImages.Noise(64, 64, seed: 2);
        byte[] whole = ImageEncoder.ToJpeg(image);
        for (int missing = 1; missing < 40; missing++)
        {
            AssertRefusedUnlessAccepted(whole[..^missing], useVectorJpeg);
        }
    }

    [Fact]
    public void Refuses_a_progressive_jpeg_that_was_cut_in_any_of_its_scans()
    {
        // 16 x 16 grey, made with libjpeg.
        byte[] whole = Convert.FromBase64String(
            "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYVpQYEpRUk//"
                + "wgALCAAQABABAREA/8QAFgABAQEAAAAAAAAAAAAAAAAABAUG/9oACAEBAAAAAZugAz//xAAYEAADAQEAAAAAAAAAAAAAAAAAAgMEE//aAAgBAQABBQKKEUIo"
                + "aacM3//EABkQAAEFAAAAAAAAAAAAAAAAACEAAQIQMv/aAAgBAQAGPwKxuQZf/8QAGxAAAgIDAQAAAAAAAAAAAAAAABEBMVFhcfD/2gAIAQEAAT8hqKioeOuv"
                + "GZ9o/9oACAEBAAAAED//xAAaEAACAwEBAAAAAAAAAAAAAAAAARExUUFh/9oACAEBAAE/EMRiMR4FK4kphpqF1U2P/9k=");
        using ImagePixels decoded = new SkiaImageCodec().Decode(whole, "whole.jpg");
        for (int length = 170; length < whole.Length; length++)
        {
            AssertRefusedUnlessAccepted(whole[..length], useVectorJpeg: true);
        }

        using ImagePixels more = new SkiaImageCodec().Decode((byte[])[.. whole, 1, 2, 3], "more.jpg");
        Assert.Equal((0, 0.0), TransformGoldens.Difference(decoded, more));
    }

    [Fact]
    public void Refuses_more_pixels_than_the_limit()
    {
        using ImagePixels image = TestImages.Noise(20, 20, seed: 2);
        byte[] file = ImageEncoder.ToPng(image);
        using ImagePixels decoded = new SkiaImageCodec(new ImageDecodeOptions { MaximumPixels = 400 }).Decode(file, "small.png");
        MediaException error = Assert.Throws<MediaException>(
            () => new SkiaImageCodec(new ImageDecodeOptions { MaximumPixels = 399 }).Decode(file, "small.png"));
        Assert.Contains("20 x 20", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1600, 1200, 256, 400, 300)] // 2/8; 1/8 would be 150 high
    [InlineData(500, 375, 256, 375, 282)] // 6/8
    [InlineData(375, 500, 256, 282, 375)]
    [InlineData(300, 200, 256, 300, 200)]
    [InlineData(4000, 3000, 256, 500, 375)]
    public void A_reduced_jpeg_keeps_at_least_the_shorter_side_that_is_asked_for(
        int width, int height, int side, int reducedWidth, int reducedHeight)
    {
        using ImagePixels image = new(width, height);
        image.Bytes.Fill(90);
        SkiaImageCodec codec = new(new ImageDecodeOptions { ReducedShorterSide = side });
        using ImagePixels reduced = codec.Decode(ImageEncoder.ToJpeg(image), "large.jpg");
        Assert.Equal((reducedWidth, reducedHeight), (reduced.Width, reduced.Height));
        using ImagePixels png = codec.Decode(ImageEncoder.ToPng(image), "large.png");
        Assert.Equal((width, height), (png.Width, png.Height));
    }

    [Theory]
    [InlineData(500, 375)]
    [InlineData(1600, 1200)]
    public void Reduced_decoding_stays_within_its_tolerance(int width, int height)
    {
        using ImagePixels image = new(width, height);
        SeededRandom random = new(width);
        for (int i = 0; i < width * height; i++)
        {
            // Waves, a disc with a sharp edge, and grain.
            (double x, double y) = (i % width / (double)width, i / width / (double)height);
            double disc = ((x - 0.5) * (x - 0.5)) + ((y - 0.5) * (y - 0.5)) < 0.04 ? 60 : 0;
            for (int channel = 0; channel < 3; channel++)
            {
                image.Bytes[(i * 4) + channel] = (byte)Math.Clamp(
                    110 + (50 * Math.Sin((20 * x) + channel)) + (40 * Math.Cos(15 * y)) + disc + (3 * random.NextGaussian()), 0, 255);
            }
        }

        Sample sample = new("photo", 0, new EncodedImage(ImageEncoder.ToJpeg(image, 90)));
        ImagePreprocess levels = ImagePreprocess.ImageNet with { Mean = new(0, 0, 0), Std = new(1 / 255f, 1 / 255f, 1 / 255f) };
        float[] whole = Levels(ImagePipeline.ForEvaluation(levels));
        ImagePipeline reducing = ImagePipeline.ForEvaluation(
            levels, new SkiaImageCodec(new ImageDecodeOptions { ReducedShorterSide = 256 }));
        float[] reduced = Levels(reducing);
        float[] differences = [.. whole.Zip(reduced, (a, b) => Math.Abs(a - b))];
        Assert.InRange(differences.Average(), 0.01, 2);
        Assert.InRange(differences.Max(), 1, 50.5);
        Assert.NotEqual(ImagePipeline.ForEvaluation(levels).Fingerprint, reducing.Fingerprint);

        float[] Levels(ImagePipeline pipeline)
        {
            float[] numbers = new float[3 * 224 * 224];
            SeededRandom none = new(0);
            pipeline.Apply(sample, ref none, numbers);
            return numbers;
        }
    }

    [Theory]
    [InlineData(64, 128, 2, 30)]
    [InlineData(80, 160, 2, 30)]
    [InlineData(48, 96, 2, 30)]
    [InlineData(128, 128, 8, 90)] // too small a size to begin from
    public void Reduced_decoding_of_photographs_stays_within_its_tolerance(int side, int reducedSide, float worstMean, float worst)
    {
        using Dataset photographs = ImageFolder.Open(SharedData.Path("photos/hymenoptera.zip"), "train");
        ImagePreprocess levels = ImagePreprocess.ImageNet with
        {
            Resize = side,
            Crop = side,
            Mean = new(0, 0, 0),
            Std = new(1 / 255f, 1 / 255f, 1 / 255f),
        };
        ImagePipeline whole = ImagePipeline.ForEvaluation(levels);
        ImagePipeline reducing = ImagePipeline.ForEvaluation(
            levels, new SkiaImageCodec(new ImageDecodeOptions { ReducedShorterSide = reducedSide }));
        float[] exact = new float[3 * side * side];
        float[] reduced = new float[3 * side * side];
        List<(float Mean, float Most)> found = [];
        for (int i = 0; i < 60; i++)
        {
            Sample sample = photographs.Read(i * photographs.Count / 60);
            SeededRandom none = new(0);
            whole.Apply(sample, ref none, exact);
            reducing.Apply(sample, ref none, reduced);
            float[] differences = [.. exact.Zip(reduced, (a, b) => Math.Abs(a - b))];
            found.Add((differences.Average(), differences.Max()));
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"mean {found.Average(item => item.Mean):f2}, worst mean {found.Max(item => item.Mean):f2}, "
            + $"worst {found.Max(item => item.Most):f1}");
        Assert.InRange(found.Average(item => item.Mean), 0.01, worstMean / 2);
        Assert.InRange(found.Max(item => item.Mean), 0.01, worstMean);
        Assert.InRange(found.Max(item => item.Most), 1, worst);
    }

    [Fact]
    public void Chunks_that_unpack_to_much_more_are_skipped_or_refused()
    {
        // An image of 1 x 1 whose text chunk and colour profile each unpack to 64 MB.
        using ImagePixels image = TestImages.Noise(1, 1, seed: 1);
        byte[] file = ImageEncoder.ToPng(image);
        byte[] packed = Packed(new byte[64 << 20]);
        byte[] bomb = [.. file[..33], .. Chunk("iCCP", [97, 0, 0, .. packed]), .. Chunk("zTXt", [97, 0, 0, .. packed]), .. file[33..]];
        try
        {
            using ImagePixels decoded = new SkiaImageCodec().Decode(bomb, "bomb.png");
            Assert.Equal((0, 0.0), TransformGoldens.Difference(image, decoded));
        }
        catch (MediaException error)
        {
            Assert.Equal("bomb.png", error.ItemName);
        }
    }

    [Fact]
    public void Damaged_bytes_end_in_an_image_or_a_named_error()
    {
        using ImagePixels image = TestImages.Noise(32, 24, seed: 4);
        SkiaImageCodec codec = new(new ImageDecodeOptions { MaximumPixels = 1_000_000 });
        foreach (byte[] file in new[] { ImageEncoder.ToPng(image), ImageEncoder.ToJpeg(image) })
        {
            SeededRandom random = new(9);
            for (int attempt = 0; attempt < 200; attempt++)
            {
                byte[] damaged = [.. file];
                for (int flips = 0; flips < 4; flips++)
                {
                    damaged[random.NextInt32(damaged.Length)] = (byte)random.NextUInt64();
                }

                try
                {
                    codec.Decode(damaged, "damaged").Dispose();
                }
                catch (MediaException error)
                {
                    Assert.Contains("'damaged'", error.Message, StringComparison.Ordinal);
                }
            }
        }
    }

    private static void AssertRefusedUnlessAccepted(byte[] file, bool useVectorJpeg)
    {
        ImageDecodeOptions options = new() { UseVectorJpeg = useVectorJpeg };
        MediaException error = Assert.Throws<MediaException>(() => new SkiaImageCodec(options).Decode(file, "cut.jpg"));
        Assert.Contains("'cut.jpg' ends before", error.Message, StringComparison.Ordinal);
        using ImagePixels partial = new SkiaImageCodec(options with { AcceptTruncated = true }).Decode(file, "cut.jpg");
        Assert.True(partial.Width > 0);
    }

    private static byte[] Packed(byte[] content)
    {
        using MemoryStream stream = new();
        using (ZLibStream packer = new(stream, CompressionLevel.SmallestSize))
        {
            packer.Write(content);
        }

        return stream.ToArray();
    }

    private static byte[] Chunk(string type, byte[] body)
    {
        byte[] chunk = [0, 0, 0, 0, .. Encoding.ASCII.GetBytes(type), .. body, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(chunk, body.Length);
        uint crc = uint.MaxValue;
        foreach (byte value in chunk.AsSpan(4, body.Length + 4))
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320);
            }
        }

        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(body.Length + 8), ~crc);
        return chunk;
    }
}
