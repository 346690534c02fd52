namespace TransferLearning;

/// <summary>Mixes an image with black.</summary>
public sealed class Brightness : ImageTransform
{
    private readonly double _factor;

    /// <summary>Creates the transform.</summary>
    /// <param name="factor">0 gives black, 1 the image itself, 2 twice the brightness.</param>
    public Brightness(double factor) => _factor = Levels.CheckedFactor(factor, nameof(factor));

    /// <inheritdoc/>
    public override string Fingerprint => string.Create(CultureInfo.InvariantCulture, $"Brightness({_factor:R})");

    /// <inheritdoc/>
    public override ImagePixels Apply(ImagePixels image, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(image);
        Span<byte> table = stackalloc byte[256];
        for (int level = 0; level < table.Length; level++)
        {
            table[level] = Levels.Mix(0, level, (float)_factor);
        }

        return Levels.Replace(image, table);
    }
}
