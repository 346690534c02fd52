namespace TransferLearning.Tests;

public sealed class RandomTransformTests
{
    public static TheoryData<string> Names => [.. All.Keys];

    private static readonly Dictionary<string, ImageTransform> All = new()
    {
        ["crop"] = new RandomCrop(20, 24, padding: 4),
        ["flip"] = new RandomHorizontalFlip(),
        ["apply"] = new RandomApply(new Invert()),
        ["resized crop"] = new RandomResizedCrop(16, 20),
        ["jitter"] = new ColorJitter(0.4, 0.4, 0.4, 0.1),
        ["erasing"] = new RandomErasing(),
        ["rand augment"] = new RandAugment(),
        ["trivial augment"] = new TrivialAugmentWide(),
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void The_same_state_gives_the_same_image_and_others_differ(string name)
    {
        ImageTransform transform = All[name];
        Assert.True(transform.IsRandom);
        HashSet<string> results = new();
        for (int index = 0; index < 40; index++)
        {
            string first = Run(transform, new SeededRandom(5, 1, index));
            Assert.Equal(first, Run(transform, new SeededRandom(5, 1, index)));
            results.Add(first);
        }

        Assert.InRange(results.Count, 2, 40);
    }

    [Fact]
    public void A_random_resized_crop_stays_inside_and_keeps_its_ranges()
    {
        RandomResizedCrop transform = new(224, 224);
        double smallest = 1, largest = 0;
        for (int index = 0; index < 2000; index++)
        {
            SeededRandom random = new(1, 0, index);
            PixelBox box = transform.Draw(500, 375, ref random);
            Assert.True(box.Left >= 0 && box.Top >= 0 && box.Left + box.Width <= 500 && box.Top + box.Height <= 375);
            Assert.InRange((double)box.Width / box.Height, 0.74, 1.35);
            double share = box.Width * box.Height / (500.0 * 375.0);
            smallest = Math.Min(smallest, share);
            largest = Math.Max(largest, share);
        }

        Assert.InRange(smallest, 0.078, 0.1);
        Assert.InRange(largest, 0.9, 1.0);
    }

    [Theory]
    [InlineData(1000, 10, 13, 10)]
    [InlineData(10, 1000, 10, 13)]
    public void A_random_resized_crop_of_an_extreme_shape_falls_back_to_the_centre(int width, int height, int boxWidth, int boxHeight)
    {
        // Areas near the whole never fit, so that all ten attempts fail.
        RandomResizedCrop transform = new(8, 8, scale: (0.9, 1.0));
        SeededRandom random = new(1);
        PixelBox box = transform.Draw(width, height, ref random);
        Assert.Equal(new PixelBox((width - boxWidth) / 2, (height - boxHeight) / 2, boxWidth, boxHeight), box);
    }

    [Fact]
    public void Erasing_paints_one_box_within_its_share_of_the_area()
    {
        RandomErasing transform = new(probability: 1, scale: (0.1, 0.2), fill: new PixelColor(9, 9, 9));
        for (int index = 0; index < 50; index++)
        {
            using ImagePixels black = new(60, 50);
            black.Bytes.Clear();
            SeededRandom random = new(3, 0, index);
            using ImagePixels erased = transform.Apply(TestImages.Copy(black), ref random);
            int painted = TransformGoldens.CountOf(erased, new PixelColor(9, 9, 9));
            Assert.InRange(painted, 0.08 * 3000, 0.22 * 3000);
        }
    }

    [Fact]
    public void A_crop_that_does_not_fit_says_so()
    {
        SeededRandom random = new(1);
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => new RandomCrop(50, 50).Apply(TestImages.Noise(20, 20, 1), ref random));
        Assert.Contains("50 x 50", error.Message, StringComparison.Ordinal);
    }

    private static string Run(ImageTransform transform, SeededRandom random)
    {
        using ImagePixels image = transform.Apply(TestImages.Noise(30, 26, seed: 8), ref random);
        return $"{image.Width}x{image.Height}:{TransformGoldens.Checksum(image, 3)}";
    }
}
