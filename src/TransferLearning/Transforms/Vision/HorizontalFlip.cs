using System.Runtime.InteropServices;

namespace TransferLearning;

/// <summary>Mirrors an image: left becomes right.</summary>
public sealed class HorizontalFlip : ImageTransform
{
    /// <inheritdoc/>
    public override string Fingerprint => "HorizontalFlip";

    /// <inheritdoc/>
    public override ImagePixels Apply(ImagePixels image, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(image);
        Span<uint> pixels = MemoryMarshal.Cast<byte, uint>(image.Bytes);
        for (int y = 0; y < image.Height; y++)
        {
            pixels.Slice(y * image.Width, image.Width).Reverse();
        }

        return image;
    }
}
