using System.Runtime.InteropServices;

namespace TransferLearning;

/// <summary>Mirrors a picture: left becomes right.</summary>
public sealed class HorizontalFlip : ImageTransform
{
    /// <inheritdoc/>
    public override string Fingerprint => "HorizontalFlip";

    /// <inheritdoc/>
    public override ImagePixels Apply(ImagePixels picture, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(picture);
        var pixels = MemoryMarshal.Cast<byte, uint>(picture.Bytes);
        for (int y = 0; y < picture.Height; y++)
        {
            pixels.Slice(y * picture.Width, picture.Width).Reverse();
        }

        return picture;
    }
}
