namespace TransferLearning;

/// <summary>Mixes an image with its mean grey.</summary>
public sealed class Contrast : ImageTransform
{
    private readonly double _factor;

    /// <summary>Creates the transform.</summary>
    /// <param name="factor">0 gives one grey, 1 the image itself, 2 twice the contrast.</param>
    public Contrast(double factor) => _factor = Levels.CheckedFactor(factor, nameof(factor));

    /// <inheritdoc/>
    public override string Fingerprint => string.Create(CultureInfo.InvariantCulture, $"Contrast({_factor:R})");

    /// <inheritdoc/>
    public override ImagePixels Apply(ImagePixels image, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(image);
        int mean = MeanLuma(image);
        Span<byte> table = stackalloc byte[256];
        for (int level = 0; level < table.Length; level++)
        {
            table[level] = Levels.Mix(mean, level, (float)_factor);
        }

        return Levels.Replace(image, table);
    }

    private static int MeanLuma(ImagePixels image)
    {
        Span<byte> bytes = image.Bytes;
        long sum = 0;
        for (int i = 0; i + 3 < bytes.Length; i += 4)
        {
            sum += Levels.Luma(bytes[i], bytes[i + 1], bytes[i + 2]);
        }

        return (int)(((double)sum / ((long)image.Width * image.Height)) + 0.5);
    }
}
