namespace TransferLearning.Tests;

/// <summary>Images that look like something: some waves of colour, other ones for each number.</summary>
internal static class AuditImages
{
    public static RawImage Waves(int number, int width = 64, int height = 64, double light = 1)
    {
        SeededRandom random = new(number);
        double[] draws = [.. Enumerable.Range(0, 12).Select(_ => random.NextInt32(1000) / 1000.0)];
        byte[] rgb = new byte[width * height * 3];
        for (int i = 0; i < rgb.Length; i++)
        {
            (int pixel, int channel) = (i / 3, i % 3);
            double x = (double)(pixel % width) / width, y = (double)(pixel / width) / height;
            double wave = Math.Sin((6 * draws[0] * x) + (9 * draws[1] * y) + (7 * draws[2]))
                + Math.Sin((14 * draws[3] * x) - (12 * draws[4] * y) + channel + (7 * draws[5]))
                + Math.Sin((20 * draws[6] * y) + (7 * draws[7]));
            rgb[i] = (byte)(light * Math.Clamp(128 + (40 * wave), 0, 255));
        }

        return new RawImage(width, height, rgb);
    }

    public static RawImage Plain(byte level, int side = 64)
        => new(side, side, Enumerable.Range(0, side * side * 3).Select(i => (byte)(level + (i % 3))).ToArray());

    public static byte[] Jpeg(RawImage image, int quality)
    {
        using ImagePixels pixels = RawPixels.Widen(image, "image");
        return ImageEncoder.ToJpeg(pixels, quality);
    }

    public static byte[] Png(RawImage image)
    {
        using ImagePixels pixels = RawPixels.Widen(image, "image");
        return ImageEncoder.ToPng(pixels);
    }

    /// <summary>A set of samples that all have the first of two classes, "a" and "b", unless a name ends in b.</summary>
    public static InMemoryDataset Set(params (string Name, SampleContent Content)[] samples)
        => new([.. samples.Select(one => new Sample(one.Name, one.Name.EndsWith('b') ? 1 : 0, one.Content))], ["a", "b"]);

    /// <summary>So many images of waves.</summary>
    public static (string Name, SampleContent Content)[] Usual(int count)
        => [.. Enumerable.Range(0, count).Select(i => ($"usual {i}", (SampleContent)Waves(i)))];
}
