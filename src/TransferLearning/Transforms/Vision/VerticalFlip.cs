using System.Runtime.InteropServices;

namespace TransferLearning;

/// <summary>Mirrors an image: top becomes bottom.</summary>
public sealed class VerticalFlip : ImageTransform
{
    /// <inheritdoc/>
    public override string Fingerprint => "VerticalFlip";

    /// <inheritdoc/>
    public override ImagePixels Apply(ImagePixels image, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(image);

        // All pixels in reverse order are a turn by 180 degrees; mirroring each row leaves the vertical flip.
        MemoryMarshal.Cast<byte, uint>(image.Bytes).Reverse();
        return new HorizontalFlip().Apply(image, ref random);
    }
}
