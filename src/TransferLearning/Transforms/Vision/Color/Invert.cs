namespace TransferLearning;

/// <summary>Replaces each level v by 255 - v.</summary>
public sealed class Invert : ImageTransform
{
    /// <inheritdoc/>
    public override string Fingerprint => "Invert";

    /// <inheritdoc/>
    public override ImagePixels Apply(ImagePixels picture, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(picture);
        foreach (ref byte level in picture.Bytes)
        {
            level = (byte)~level;
        }

        return picture;
    }
}
