namespace TransferLearning;

/// <summary>Replaces each colour by its grey (ITU-R 601), in all three channels.</summary>
public sealed class Grayscale : ImageTransform
{
    /// <inheritdoc/>
    public override string Fingerprint => "Grayscale";

    /// <inheritdoc/>
    public override ImagePixels Apply(ImagePixels image, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(image);
        Span<byte> bytes = image.Bytes;
        for (int i = 0; i + 3 < bytes.Length; i += 4)
        {
            bytes.Slice(i, 3).Fill((byte)Levels.Luma(bytes[i], bytes[i + 1], bytes[i + 2]));
        }

        return image;
    }
}
