using System.Runtime.InteropServices;

namespace TransferLearning;

/// <summary>Mirrors a picture: top becomes bottom.</summary>
public sealed class VerticalFlip : ImageTransform
{
    /// <inheritdoc/>
    public override string Fingerprint => "VerticalFlip";

    /// <inheritdoc/>
    public override ImagePixels Apply(ImagePixels picture, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(picture);

        // All pixels in reverse order are a turn by 180 degrees; mirroring each row leaves the vertical flip.
        MemoryMarshal.Cast<byte, uint>(picture.Bytes).Reverse();
        return new HorizontalFlip().Apply(picture, ref random);
    }
}
