using System.Runtime.InteropServices;

namespace TransferLearning.Tests;

public sealed class GeometricTransformTests
{
    private const int Width = 96;
    private const int Height = 64;
    private static readonly BoundingBox Box = new(30, 18, 62, 44);
    private static readonly PixelColor White = new(255, 255, 255);

    private static readonly ImageTransform[] Steps =
    [
        new Resize(48), new Resize(130, 70), new Resize(48, Interpolation.Lanczos), new Resize(31, 77, Interpolation.Nearest),
        new ResizeCenterCrop(64, 56), new ResizeCenterCrop(40, 60),
        new ResizedCrop(5, 10, 50, 70, 64, 64), new ResizedCrop(-10, -20, 90, 120, 64, 80),
        new CenterCrop(50, 60), new CenterCrop(100, 120), new Crop(10, 20, 40, 50), new Crop(-8, -6, 70, 90),
        new RandomCrop(56, 80, padding: 6), new RandomResizedCrop(64, 64, scale: (0.6, 1)),
        new HorizontalFlip(), new VerticalFlip(), new RandomHorizontalFlip(1), new RandomHorizontalFlip(0),
        new Pad(3, 5, 7, 11), new Pad(4, PaddingMode.Constant, new PixelColor(0, 0, 0)), new Pad(6, PaddingMode.Edge),
        new Rotate(0), new Rotate(90), new Rotate(90, expand: true), new Rotate(180), new Rotate(270, expand: true),
        new Rotate(-90, expand: true), new Rotate(25), new Rotate(25, Interpolation.Bilinear, expand: true), new Rotate(-140, expand: true),
        new Affine(15, (4, -3), 1.2, (5, -8)), new Affine(0, (10, 6), 0.7, (0, 0), Interpolation.Bilinear),
        new Affine(0, (0, 0), 1, (20, 0), centre: (0, 0)),
        new Perspective([(0, 0), (95, 0), (95, 63), (0, 63)], [(8, 4), (90, 0), (85, 60), (2, 55)]),
        new Perspective([(0, 0), (95, 0), (95, 63), (0, 63)], [(8, 4), (90, 0), (85, 60), (2, 55)], Interpolation.Nearest),
        new RandomApply(new Rotate(30), 1), new RandAugment(1, 15), new TrivialAugmentWide(),
    ];

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, Steps.Length)];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void A_box_stays_around_its_pixels_and_the_mask_on_them(int number)
    {
        ImageTransform step = Steps[number];
        for (int seed = 0; seed < (step.IsRandom ? 8 : 1); seed++)
        {
            SeededRandom random = new(seed);
            using ImageSample sample = new(Rectangle(Box), [Box], Rectangle(Box));
            step.Apply(sample, ref random);
            Assert.Equal((sample.Image.Width, sample.Image.Height), (sample.Mask!.Width, sample.Mask.Height));
            AssertAround(sample, step.Fingerprint);
            AssertMaskOnImage(sample, step);
        }
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Pixels_are_the_same_with_and_without_boxes(int number)
    {
        ImageTransform step = Steps[number];
        for (int seed = 0; seed < (step.IsRandom ? 5 : 1); seed++)
        {
            (SeededRandom first, SeededRandom second) = (new(seed), new(seed));
            ImagePixels noise = TestImages.Noise(Width, Height, seed);
            using ImageSample sample = new(TestImages.Copy(noise), [Box], Rectangle(Box));
            using ImagePixels alone = step.Apply(noise, ref first);
            step.Apply(sample, ref second);
            Assert.Equal((alone.Width, alone.Height), (sample.Image.Width, sample.Image.Height));
            Assert.True(alone.Bytes.SequenceEqual(sample.Image.Bytes), step.Fingerprint);
            Assert.Equal(first.NextUInt64(), second.NextUInt64());
        }
    }

    [Fact]
    public void Steps_that_change_colours_leave_boxes_and_masks_alone()
    {
        foreach (ImageTransform step in new ImageTransform[]
        {
            new Brightness(1.5), new ColorJitter(0.4, 0.4, 0.4, 0.1), new GaussianBlur(5, 1), new Grayscale(), new Invert(),
            new RandomErasing(1),
        })
        {
            SeededRandom random = new(3);
            using ImagePixels mask = Rectangle(Box);
            using ImageSample sample = new(TestImages.Noise(Width, Height, 1), [Box], TestImages.Copy(mask));
            step.Apply(sample, ref random);
            Assert.Equal([Box], sample.Boxes);
            Assert.True(mask.Bytes.SequenceEqual(sample.Mask!.Bytes), step.Fingerprint);
        }
    }

    [Fact]
    public void Boxes_are_clipped_and_the_empty_ones_dropped_and_reported()
    {
        SeededRandom random = new(0);
        BoundingBox[] boxes = [new(0, 0, 10, 10), new(15, 15, 40, 30), new(60, 40, 70, 50), new(19.5f, 0, 20.5f, 64), new(30, 20, 35, 25)];
        using ImageSample sample = new(new ImagePixels(Width, Height), boxes);
        new Crop(10, 20, 20, 30).Apply(sample, ref random);
        Assert.Equal([new(0, 5, 20, 20), new(10, 10, 15, 15)], sample.Boxes);
        Assert.Equal([1, 4], sample.BoxIndices);
        Assert.Equal([0, 2, 3], sample.DroppedBoxes); // the last but one has half a pixel left
        new Crop(0, 16, 20, 14).Apply(sample, ref random);
        Assert.Equal([new(0, 5, 4, 20)], sample.Boxes);
        Assert.Equal([1], sample.BoxIndices);
        Assert.Equal([0, 2, 3, 4], sample.DroppedBoxes);
    }

    [Fact]
    public void A_mask_is_never_mixed_and_gets_its_own_fill()
    {
        SeededRandom random = new(0);
        ImagePixels mask = new(Width, Height);
        MemoryMarshal.Cast<byte, uint>(mask.Bytes).Fill(new PixelColor(7, 0, 0).Packed);
        using ImageSample sample = new(TestImages.Noise(Width, Height, 1), null, mask) { MaskFill = new PixelColor(255, 0, 0) };
        foreach (ImageTransform step in new ImageTransform[]
        {
            new Resize(100, Interpolation.Lanczos), new Rotate(20, Interpolation.Bilinear, fill: White), new Pad(5, fill: White),
            new CenterCrop(140, 140),
        })
        {
            step.Apply(sample, ref random);
        }

        byte[] numbers = [.. sample.Mask!.Bytes.ToArray().Where((_, i) => i % 4 == 0)];
        Assert.Equal(new byte[] { 7, 255 }, numbers.Distinct().Order());
        Assert.Equal(255, numbers[0]);
        Assert.Equal(7, numbers[(70 * 140) + 70]);
    }

    [Fact]
    public void What_a_perspective_takes_behind_the_horizon_is_dropped()
    {
        SeededRandom random = new(0);
        Perspective step = new([(0, 0), (96, 0), (96, 64), (0, 64)], [(0, 30), (96, 0), (96, 64), (0, 34)]);
        using ImageSample sample = new(new ImagePixels(Width, Height), [new(0, 0, 96, 64), new(-400, 10, -300, 20)]);
        step.Apply(sample, ref random);
        Assert.Equal([0], sample.BoxIndices);
        Assert.Equal([1], sample.DroppedBoxes);
        BoundingBox moved = sample.Boxes[0];
        Assert.Equal((0, 0, 96, 64), (Math.Round(moved.X1), Math.Round(moved.Y1), Math.Round(moved.X2), Math.Round(moved.Y2)));
    }

    [Fact]
    public void A_reduced_image_moves_with_its_boxes_only_through_a_resize()
    {
        SeededRandom random = new(0);
        SkiaImageCodec codec = new(new ImageDecodeOptions { ReducedShorterSide = 16 });
        using ImagePixels whole = Rectangle(Box);
        byte[] file = ImageEncoder.ToJpeg(whole, 100);
        using ImageSample sample = new(codec.Decode(file, "reduced.jpg"), [Box], Rectangle(Box));
        Assert.True(sample.Image.Width < Width);
        new HorizontalFlip().Apply(sample, ref random);
        new Resize(64, 96).Apply(sample, ref random);
        Assert.Equal([new(Width - Box.X2, Box.Y1, Width - Box.X1, Box.Y2)], sample.Boxes);
        Assert.Equal((Width, Height), (sample.Image.Width, sample.Image.Height));
        using ImageSample other = new(codec.Decode(file, "reduced.jpg"), [Box]);
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => new Crop(0, 0, 8, 8).Apply(other, ref random));
        Assert.Contains("resize first", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_boxes_and_masks_that_do_not_fit()
    {
        using ImagePixels image = new(Width, Height);
        using ImagePixels mask = new(Height, Width);
        ArgumentException error = Assert.Throws<ArgumentException>(() => new ImageSample(image, [Box, new(5, 5, 4, 9)]));
        Assert.Contains("Box 1", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new ImageSample(image, [new(0, float.NaN, 4, 9)]));
        error = Assert.Throws<ArgumentException>(() => new ImageSample(image, null, mask));
        Assert.Contains("64 x 96", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_step_that_moves_pixels_in_secret_is_refused()
    {
        SeededRandom random = new(0);
        using ImageSample sample = new(new ImagePixels(Width, Height), [Box]);
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => new Secret().Apply(sample, ref random));
        Assert.Contains("GeometricTransform", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pipeline_gives_the_same_numbers_with_boxes_as_without()
    {
        ImagePipeline pipeline = ImagePipeline.ForTraining(ImagePreprocess.ImageNet);
        using ImagePixels image = Rectangle(Box);
        Sample sample = new("one", 0, new EncodedImage(ImageEncoder.ToPng(image)));
        (float[] alone, float[] together) = (new float[3 * 224 * 224], new float[3 * 224 * 224]);
        (SeededRandom first, SeededRandom second) = (new(5), new(5));
        pipeline.Apply(sample, ref first, alone);
        using ImageSample joined = new(pipeline.Decode(sample), [Box]);
        pipeline.Apply(joined, sample.Name, ref second, together);
        Assert.Equal(alone, together);
        Assert.Single(joined.Boxes);
    }

    private static void AssertAround(ImageSample sample, string step)
    {
        (int x1, int y1, int x2, int y2) = (int.MaxValue, int.MaxValue, -1, -1);
        for (int y = 0; y < sample.Image.Height; y++)
        {
            for (int x = 0; x < sample.Image.Width; x++)
            {
                if (IsWhite(sample.Mask!, x, y))
                {
                    (x1, y1, x2, y2) = (Math.Min(x1, x), Math.Min(y1, y), Math.Max(x2, x + 1), Math.Max(y2, y + 1));
                }
            }
        }

        BoundingBox box = Assert.Single(sample.Boxes);
        string found = $"{step}: pixels ({x1}, {y1}, {x2}, {y2}), {box}";
        float[] differences = [box.X1 - x1, box.Y1 - y1, box.X2 - x2, box.Y2 - y2];
        Assert.True(differences.All(difference => Math.Abs(difference) <= 1.5), found);
    }

    /// <summary>Where the mask is set, the image is white, but for pixels beside an edge.</summary>
    private static void AssertMaskOnImage(ImageSample sample, ImageTransform step)
    {
        if (step is RandAugment or TrivialAugmentWide)
        {
            return; // they change colours too
        }

        for (int y = 1; y < sample.Image.Height - 1; y++)
        {
            for (int x = 1; x < sample.Image.Width - 1; x++)
            {
                bool isMask = IsWhite(sample.Mask!, x, y);
                if (IsWhite(sample.Image, x, y) != isMask)
                {
                    bool isInner = Enumerable.Range(0, 9).All(i => IsWhite(sample.Mask!, x - 1 + (i % 3), y - 1 + (i / 3)) == isMask);
                    Assert.False(isInner, $"{step.Fingerprint} at {x}, {y}");
                }
            }
        }
    }

    private static bool IsWhite(ImagePixels image, int x, int y) => image.Bytes[(y * image.Stride) + (x * 4)] > 127;

    private static ImagePixels Rectangle(BoundingBox box)
    {
        ImagePixels image = new(Width, Height);
        Span<uint> pixels = MemoryMarshal.Cast<byte, uint>(image.Bytes);
        pixels.Fill(default(PixelColor).Packed);
        for (int y = (int)box.Y1; y < box.Y2; y++)
        {
            pixels.Slice((y * Width) + (int)box.X1, (int)box.Width).Fill(White.Packed);
        }

        return image;
    }

    private sealed class Secret : ImageTransform
    {
        public override string Fingerprint => "Secret";

        public override ImagePixels Apply(ImagePixels image, ref SeededRandom random)
        {
            using (image)
            {
                return new ImagePixels(3, 3);
            }
        }
    }
}
