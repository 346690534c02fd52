namespace TransferLearning;

/// <summary>Mixes an image with its grey form.</summary>
public sealed class Saturation : ImageTransform
{
    private readonly double _factor;

    /// <summary>Creates the transform.</summary>
    /// <param name="factor">0 gives grey, 1 the image itself, 2 twice the colour.</param>
    public Saturation(double factor) => _factor = Levels.CheckedFactor(factor, nameof(factor));

    /// <inheritdoc/>
    public override string Fingerprint => string.Create(CultureInfo.InvariantCulture, $"Saturation({_factor:R})");

    /// <inheritdoc/>
    public override ImagePixels Apply(ImagePixels image, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(image);
        Span<byte> bytes = image.Bytes;
        float factor = (float)_factor;
        for (int i = 0; i + 3 < bytes.Length; i += 4)
        {
            int grey = Levels.Luma(bytes[i], bytes[i + 1], bytes[i + 2]);
            bytes[i] = Levels.Mix(grey, bytes[i], factor);
            bytes[i + 1] = Levels.Mix(grey, bytes[i + 1], factor);
            bytes[i + 2] = Levels.Mix(grey, bytes[i + 2], factor);
        }

        return image;
    }
}
