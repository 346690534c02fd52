using TorchSharp;

namespace TransferLearning.Tests;

public sealed class CorruptionTests
{
    private static readonly CorruptionKind[] Kinds = Enum.GetValues<CorruptionKind>();

    /// <summary>A disc on a gradient, so that every corruption has something to spoil.</summary>
    private static RawImage Photo(int side)
    {
        byte[] rgb = new byte[side * side * 3];
        for (int i = 0; i < rgb.Length; i++)
        {
            int x = i / 3 % side, y = i / 3 / side;
            bool isDisc = Math.Pow(x - (0.4 * side), 2) + Math.Pow(y - (0.5 * side), 2) < side * side / 16.0;
            rgb[i] = (byte)(isDisc ? (i % 3 == 0 ? 220 : 60) : 40 + (150 * (i % 3 == 2 ? x : y) / side));
        }

        return new RawImage(side, side, rgb);
    }

    private static byte[] Spoiled(RawImage photo, CorruptionKind kind, int severity, long seed = 0)
    {
        using ImagePixels pixels = RawPixels.Widen(photo, "photo");
        SeededRandom random = new(seed);
        using ImagePixels result = new Corruption(kind, severity).Apply(pixels, ref random);
        Assert.Equal((photo.Width, photo.Height), (result.Width, result.Height));
        return RawPixels.Narrow(result).Rgb.ToArray();
    }

    private static double Difference(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        double sum = 0;
        for (int i = 0; i < first.Length; i++)
        {
            sum += Math.Abs(first[i] - second[i]);
        }

        return sum / first.Length;
    }

    [Theory]
    [InlineData(32)]
    [InlineData(97)]
    public void Each_corruption_changes_more_the_stronger_it_is(int side)
    {
        RawImage photo = Photo(side);
        foreach (CorruptionKind kind in Kinds)
        {
            double[] changes = [.. Enumerable.Range(1, 5).Select(severity => Difference(photo.Rgb.Span, Spoiled(photo, kind, severity)))];

            Assert.True(changes[0] > 0.05, $"{kind} 1 changes {changes[0]}");
            Assert.True(changes[4] > 1.2 * changes[0], $"{kind}: {string.Join(", ", changes)}");
            Assert.True(changes[4] < 130, $"{kind}: {string.Join(", ", changes)}");
        }
    }

    [Fact]
    public void Draws_depend_on_the_seed_alone_and_only_random_kinds_draw()
    {
        RawImage photo = Photo(40);
        foreach (CorruptionKind kind in Kinds)
        {
            byte[] first = Spoiled(photo, kind, 3);
            bool isRandom = new Corruption(kind, 3).IsRandom;

            Assert.Equal(first, Spoiled(photo, kind, 3));
            Assert.Equal(isRandom, Enumerable.Range(1, 4).Any(seed => !first.AsSpan().SequenceEqual(Spoiled(photo, kind, 3, seed))));
        }
    }

    [Fact]
    public void Noise_has_the_strength_of_the_paper()
    {
        byte[] rgb = new byte[100 * 100 * 3];
        Array.Fill(rgb, (byte)128);
        RawImage grey = new(100, 100, rgb);

        Assert.Equal(0.08 * 255, Deviation(Spoiled(grey, CorruptionKind.GaussianNoise, 1)), 0.5);
        Assert.Equal(255 * Math.Sqrt(128 / 255.0 / 60), Deviation(Spoiled(grey, CorruptionKind.ShotNoise, 1)), 0.5);
        byte[] impulses = Spoiled(grey, CorruptionKind.ImpulseNoise, 5);
        Assert.Equal(0.135, impulses.Count(level => level == 0) / (double)impulses.Length, 0.01);
        Assert.Equal(0.135, impulses.Count(level => level == 255) / (double)impulses.Length, 0.01);

        static double Deviation(byte[] levels)
        {
            double mean = levels.Average(level => level);
            return Math.Sqrt(levels.Average(level => Math.Pow(level - mean, 2)));
        }
    }

    [Fact]
    public void More_light_keeps_hue_and_saturation()
    {
        RawImage red = new(1, 1, new byte[] { 100, 50, 0 }), black = new(1, 1, new byte[3]);

        Assert.Equal(new byte[] { 113, 56, 0 }, Spoiled(red, CorruptionKind.Brightness, 1));
        Assert.Equal(new byte[] { 13, 13, 13 }, Spoiled(black, CorruptionKind.Brightness, 1));
    }

    [Fact]
    public void Images_of_one_pixel_and_of_one_row_are_corrupted_too()
    {
        foreach (CorruptionKind kind in Kinds)
        {
            Assert.Equal(3, Spoiled(new RawImage(1, 1, new byte[] { 9, 8, 7 }), kind, 5).Length);
            Assert.Equal(3 * 3000, Spoiled(new RawImage(3000, 1, new byte[3 * 3000]), kind, 5).Length);
        }
    }

    [Fact]
    public void A_severity_or_kind_that_does_not_exist_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Corruption(CorruptionKind.Fog, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Corruption(CorruptionKind.Fog, 6));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Corruption((CorruptionKind)99, 1));
    }

    [Fact]
    public void A_corrupted_data_set_is_the_same_each_time_it_is_read_and_another_set_than_its_source()
    {
        Dataset clean = SmallSets.Images(6, SmallSets.Colours);
        Dataset noisy = clean.Corrupted(CorruptionKind.GaussianNoise, 5);

        Assert.Equal(Rgb(noisy, 2), Rgb(noisy, 2));
        Assert.Equal(Rgb(noisy, 2), Rgb(clean.Corrupted(CorruptionKind.GaussianNoise, 5), 2));
        Assert.Equal(Rgb(noisy, 2), Rgb(noisy.Skip(2), 0));
        Assert.NotEqual(Rgb(clean, 2), Rgb(noisy, 2));
        Assert.NotEqual(Rgb(noisy, 2), Rgb(clean.Corrupted(CorruptionKind.GaussianNoise, 5, seed: 1), 2));
        Assert.Equal(clean.LabelOf(2), noisy.LabelOf(2));
        Assert.Equal(clean.NameOf(2), noisy.NameOf(2));
        Assert.Equal(
            5,
            new[]
            {
                clean, noisy, clean.Corrupted(CorruptionKind.GaussianNoise, 4), clean.Corrupted(CorruptionKind.Fog, 5),
                clean.Corrupted(CorruptionKind.Fog, 5).Corrupted(CorruptionKind.Fog, 5),
            }.Select(set => set.Fingerprint).Distinct().Count());

        static byte[] Rgb(Dataset set, int index) => ((RawImage)set.Read(index).Input).Rgb.ToArray();
    }

    [Fact]
    public void Boxes_turn_with_the_image_and_stay_where_only_colours_change()
    {
        BoundingBox box = new(4, 4, 12, 12);
        InMemoryDataset one = new([new Sample("a", Photo(32), new BoxesTarget([box], [0]))], ["disc"]);

        Assert.Equal([box], ((BoxesTarget)one.Corrupted(CorruptionKind.Fog, 5).TargetOf(0)).Boxes);
        BoundingBox turned = Assert.Single(((BoxesTarget)one.Corrupted(CorruptionKind.Rotation, 5).TargetOf(0)).Boxes);
        Assert.NotEqual(box, turned);
    }

    [Fact]
    public void A_pipeline_takes_a_corruption_behind_its_own_steps()
    {
        ImagePreprocess form = new(0, 32, new ChannelValues(0, 0, 0), new ChannelValues(1, 1, 1));
        ImagePipeline plain = ImagePipeline.ForEvaluation(form), fog = plain.Then(new Corruption(CorruptionKind.Contrast, 5));
        Sample sample = new("a", 0, Photo(32));
        float[] before = new float[3 * 32 * 32], after = new float[3 * 32 * 32];
        SeededRandom random = new(0);
        plain.Apply(sample, ref random, before);
        fog.Apply(sample, ref random, after);

        Assert.True(after.Max() - after.Min() < 0.3 * (before.Max() - before.Min()));
        Assert.NotEqual(plain.Fingerprint, fog.Fingerprint);
        Assert.Contains("Corruption(Contrast,5)", fog.Fingerprint, StringComparison.Ordinal);
    }
}
