namespace TransferLearning;

/// <summary>Keeps only the highest bits of each level.</summary>
public sealed class Posterize : ImageTransform
{
    private readonly int _bits;

    /// <summary>Creates the transform.</summary>
    /// <param name="bits">How many bits stay, from 0 to 8.</param>
    public Posterize(int bits)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bits);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bits, 8);
        _bits = bits;
    }

    /// <inheritdoc/>
    public override string Fingerprint => string.Create(CultureInfo.InvariantCulture, $"Posterize({_bits})");

    /// <inheritdoc/>
    public override ImagePixels Apply(ImagePixels image, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(image);
        byte mask = unchecked((byte)(0xFF << (8 - _bits)));
        foreach (ref byte level in image.Bytes)
        {
            level &= mask;
        }

        return image;
    }
}
