using SkiaSharp;

namespace TransferLearning;

/// <summary>Turns pixels into the bytes of an image file, for reports and tests.</summary>
public static class ImageEncoder
{
    /// <summary>Encodes an image without loss.</summary>
    /// <param name="image">The image; it stays the caller's.</param>
    /// <returns>A whole PNG file, three channels of eight bits.</returns>
    public static byte[] ToPng(ImagePixels image) => Encode(image, SKEncodedImageFormat.Png, 100);

    /// <summary>Encodes an image with loss.</summary>
    /// <param name="image">The image; it stays the caller's.</param>
    /// <param name="quality">From 0 (small) to 100 (good).</param>
    /// <returns>A whole JPEG file.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The quality is not from 0 to 100.</exception>
    public static byte[] ToJpeg(ImagePixels image, int quality = 90)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(quality);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(quality, 100);
        return Encode(image, SKEncodedImageFormat.Jpeg, quality);
    }

    private static unsafe byte[] Encode(ImagePixels image, SKEncodedImageFormat format, int quality)
    {
        ArgumentNullException.ThrowIfNull(image);
        fixed (byte* pixels = image.Bytes)
        {
            // The fourth byte of a pixel has no meaning, so the image is declared opaque.
            SKImageInfo layout = new(image.Width, image.Height, SKColorType.Rgb888x, SKAlphaType.Opaque);
            using SKPixmap map = new(layout, (nint)pixels, image.Stride);
            using SKData data = map.Encode(format, quality)
                ?? throw new InvalidOperationException($"The {image.Width} x {image.Height} image could not be encoded as {format}.");
            return data.ToArray();
        }
    }
}
