namespace TransferLearning;

/// <summary>Inverts the levels from a threshold on.</summary>
public sealed class Solarize : ImageTransform
{
    private readonly double _threshold;

    /// <summary>Creates the transform.</summary>
    /// <param name="threshold">The lowest level that is inverted; above 255 changes nothing.</param>
    public Solarize(double threshold)
    {
        if (double.IsNaN(threshold))
        {
            throw new ArgumentOutOfRangeException(nameof(threshold), threshold, "The threshold must be a number.");
        }

        _threshold = threshold;
    }

    /// <inheritdoc/>
    public override string Fingerprint => string.Create(CultureInfo.InvariantCulture, $"Solarize({_threshold:R})");

    /// <inheritdoc/>
    public override ImagePixels Apply(ImagePixels image, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(image);
        foreach (ref byte level in image.Bytes)
        {
            level = level < _threshold ? level : (byte)~level;
        }

        return image;
    }
}
