namespace TransferLearning.Tests;

public sealed class ImagePipelineTests
{
    private static readonly ImagePreprocess Small = new(0, 32, new(0.5f, 0.5f, 0.5f), new(0.25f, 0.25f, 0.25f));

    [Fact]
    public void Normalised_pixels_are_rounded_step_by_step_in_planes()
    {
        byte[] raw = new byte[256 * 3];
        for (int level = 0; level < 256; level++)
        {
            (raw[3 * level], raw[(3 * level) + 1], raw[(3 * level) + 2]) = ((byte)level, (byte)(255 - level), (byte)(level / 2));
        }

        ChannelValues mean = ChannelValues.ImageNetMean;
        ChannelValues std = ChannelValues.ImageNetStd;
        ImagePipeline pipeline = new([], 1, 256, mean, std);
        float[] numbers = Run(pipeline, new Sample("all levels", 0, new RawImage(256, 1, raw)), default);
        for (int level = 0; level < 256; level++)
        {
            Assert.Equal(((level / 255f) - mean.Red) / std.Red, numbers[level]);
            Assert.Equal((((255 - level) / 255f) - mean.Green) / std.Green, numbers[256 + level]);
            Assert.Equal(((level / 2 / 255f) - mean.Blue) / std.Blue, numbers[512 + level]);
        }
    }

    [Fact]
    public void Training_draws_depend_on_seed_epoch_and_index_only()
    {
        Sample sample = Encoded(90, 70);
        ImagePipeline pipeline = ImagePipeline.ForTraining(ImagePreprocess.ImageNet);
        float[] first = Run(pipeline, sample, new SeededRandom(1, 2, 3));
        Assert.Equal(first, Run(pipeline, sample, new SeededRandom(1, 2, 3)));
        Assert.NotEqual(first, Run(pipeline, sample, new SeededRandom(1, 2, 4)));
        Assert.NotEqual(first, Run(pipeline, sample, new SeededRandom(1, 3, 3)));
        Assert.NotEqual(first, Run(pipeline, sample, new SeededRandom(2, 2, 3)));
    }

    [Fact]
    public void Only_training_is_random_and_fingerprints_differ()
    {
        ImagePipeline evaluation = ImagePipeline.ForEvaluation(ImagePreprocess.ImageNet);
        ImagePipeline training = ImagePipeline.ForTraining(ImagePreprocess.ImageNet);
        Assert.True(evaluation.IsDeterministic);
        Assert.False(training.IsDeterministic);
        Assert.Equal([3L, 224, 224], evaluation.Shape);
        string[] all =
        [
            evaluation.Fingerprint,
            training.Fingerprint,
            ImagePipeline.ForEvaluation(ImagePreprocess.ImageNet with { Resize = 232 }).Fingerprint,
            ImagePipeline.ForEvaluation(ImagePreprocess.ImageNet with { Interpolation = Interpolation.Bicubic }).Fingerprint,
            ImagePipeline.ForEvaluation(ImagePreprocess.MinusOneToOne).Fingerprint,
        ];
        Assert.Equal(all.Length, all.Distinct().Count());
        Assert.Equal(evaluation.Fingerprint, ImagePipeline.ForEvaluation(ImagePreprocess.ImageNet).Fingerprint);
    }

    [Fact]
    public void Small_networks_shift_their_images_by_up_to_four_pixels()
    {
        byte[] raw = new byte[32 * 32 * 3];
        raw.AsSpan().Fill(255);
        ImagePipeline pipeline = ImagePipeline.ForTraining(Small);
        HashSet<int> blackRows = new();
        for (int index = 0; index < 100; index++)
        {
            float[] numbers = Run(pipeline, new Sample("white", 0, new RawImage(32, 32, raw)), new SeededRandom(1, 0, index));
            blackRows.Add(Enumerable.Range(0, 32).Count(y => numbers[(y * 32) + 16] == -2f));
        }

        Assert.Equal([0, 1, 2, 3, 4], blackRows.Order());
    }

    [Fact]
    public void A_image_of_the_wrong_size_is_named()
    {
        MediaException error = Assert.Throws<MediaException>(() => Run(ImagePipeline.ForEvaluation(Small), Encoded(20, 40), default));
        Assert.Equal("20x40", error.ItemName);
        Assert.Contains("'20x40'", error.Message, StringComparison.Ordinal);
        Assert.Contains("32 x 32", error.Message, StringComparison.Ordinal);

        ImagePipeline unsized = new([], 32, 32, Small.Mean, Small.Std);
        error = Assert.Throws<MediaException>(() => Run(unsized, Encoded(20, 40), default));
        Assert.Contains("'20x40' is 20 x 40 after the transforms, expected 32 x 32", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Raw_pixels_of_the_wrong_length_are_refused()
        => Assert.Throws<MediaException>(
            () => Run(ImagePipeline.ForEvaluation(Small), new Sample("short", 0, new RawImage(32, 32, new byte[5])), default));

    private static Sample Encoded(int width, int height)
    {
        using ImagePixels image = TestImages.Noise(width, height, seed: 7);
        return new Sample($"{width}x{height}", 0, new EncodedImage(ImageEncoder.ToPng(image)));
    }

    private static float[] Run(ImagePipeline pipeline, Sample sample, SeededRandom random)
    {
        float[] numbers = new float[pipeline.Shape.Aggregate(1L, (product, length) => product * length)];
        pipeline.Apply(sample, ref random, numbers);
        return numbers;
    }
}
