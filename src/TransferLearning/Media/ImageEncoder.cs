using SkiaSharp;

namespace TransferLearning;

/// <summary>Turns pixels into the bytes of a picture file, for reports and tests.</summary>
public static class ImageEncoder
{
    /// <summary>Encodes a picture without loss.</summary>
    /// <param name="picture">The picture; it stays the caller's.</param>
    /// <returns>A whole PNG file, three channels of eight bits.</returns>
    public static byte[] ToPng(ImagePixels picture) => Encode(picture, SKEncodedImageFormat.Png, 100);

    /// <summary>Encodes a picture with loss.</summary>
    /// <param name="picture">The picture; it stays the caller's.</param>
    /// <param name="quality">From 0 (small) to 100 (good).</param>
    /// <returns>A whole JPEG file.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The quality is not from 0 to 100.</exception>
    public static byte[] ToJpeg(ImagePixels picture, int quality = 90)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(quality);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(quality, 100);
        return Encode(picture, SKEncodedImageFormat.Jpeg, quality);
    }

    private static unsafe byte[] Encode(ImagePixels picture, SKEncodedImageFormat format, int quality)
    {
        ArgumentNullException.ThrowIfNull(picture);
        fixed (byte* pixels = picture.Bytes)
        {
            // The fourth byte of a pixel has no meaning, so the picture is declared opaque.
            var layout = new SKImageInfo(picture.Width, picture.Height, SKColorType.Rgb888x, SKAlphaType.Opaque);
            using var map = new SKPixmap(layout, (nint)pixels, picture.Stride);
            using var data = map.Encode(format, quality)
                ?? throw new InvalidOperationException($"The {picture.Width} x {picture.Height} picture could not be encoded as {format}.");
            return data.ToArray();
        }
    }
}
