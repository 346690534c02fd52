namespace PublicParts.Tests;

/// <summary>What <see cref="MeanColor"/> learns.</summary>
/// <param name="Values">The means of red, green and blue, 0 to 1.</param>
internal sealed record ColorTarget(float[] Values) : Target
{
    /// <summary>A data set of images whose target is their mean color.</summary>
    public static InMemoryDataset Images(int count) => new([.. Enumerable.Range(0, count).Select(Sample)], []);

    private static Sample Sample(int index)
    {
        RawImage image = ColorImages.Image(index);
        float[] means = new float[3];
        for (int i = 0; i < image.Rgb.Length; i++)
        {
            means[i % 3] += image.Rgb.Span[i] / 255f / (ColorImages.Side * ColorImages.Side);
        }

        return new Sample($"color {index}", image, new ColorTarget(means));
    }
}
