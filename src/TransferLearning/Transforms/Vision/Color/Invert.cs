namespace TransferLearning;

/// <summary>Replaces each level v by 255 - v.</summary>
public sealed class Invert : ImageTransform
{
    /// <inheritdoc/>
    public override string Fingerprint => "Invert";

    /// <inheritdoc/>
    public override ImagePixels Apply(ImagePixels image, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(image);
        foreach (ref byte level in image.Bytes)
        {
            level = (byte)~level;
        }

        return image;
    }
}
