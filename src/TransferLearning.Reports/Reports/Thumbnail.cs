using SkiaSharp;

namespace TransferLearning.Reports;

/// <summary>Images scaled down enough to lie in a report by the dozen.</summary>
internal static class Thumbnail
{
    private const int LongestSide = 192;
    private const int Quality = 80;

    /// <summary>The image of a sample as a small JPEG file; null where the sample is none.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="codec">What decodes image files.</param>
    /// <exception cref="MediaException">It could not be decoded.</exception>
    public static ReadOnlyMemory<byte>? Of(Sample sample, IImageCodec codec)
    {
        switch (sample.Input)
        {
            case EncodedImage encoded:
                using (ImagePixels pixels = codec.Decode(encoded.Bytes, sample.Name))
                {
                    SKImageInfo layout = new(pixels.Width, pixels.Height, SKColorType.Rgb888x, SKAlphaType.Opaque);
                    using SKImage image = SKImage.FromPixelCopy(layout, pixels.Bytes.ToArray());
                    return Encode(image);
                }

            case RawImage raw:
                byte[] bytes = new byte[raw.Width * raw.Height * 4];
                for (int i = 0; i < raw.Width * raw.Height; i++)
                {
                    for (int channel = 0; channel < 3; channel++)
                    {
                        // Of 16 bits the upper 8, which come second.
                        int width = raw.BitsPerChannel / 8;
                        bytes[(4 * i) + channel] = raw.Rgb.Span[(((3 * i) + channel) * width) + width - 1];
                    }
                }

                using (SKImage image = SKImage.FromPixelCopy(new(raw.Width, raw.Height, SKColorType.Rgb888x, SKAlphaType.Opaque), bytes))
                {
                    return Encode(image);
                }

            default:
                return null;
        }
    }

    /// <summary>An image file of this library's own as a small JPEG file.</summary>
    public static ReadOnlyMemory<byte> Of(byte[] png)
    {
        using SKImage image = SKImage.FromEncodedData(png);
        return Encode(image);
    }

    private static ReadOnlyMemory<byte> Encode(SKImage image)
    {
        float scale = Math.Min(1, LongestSide / (float)Math.Max(image.Width, image.Height));
        SKImageInfo layout = new(
            Math.Max(1, (int)(image.Width * scale)), Math.Max(1, (int)(image.Height * scale)), SKColorType.Rgb888x, SKAlphaType.Opaque);
        using SKSurface surface = SKSurface.Create(layout);
        surface.Canvas.Clear(SKColors.White);
        SKSamplingOptions sampling = new(SKFilterMode.Linear, SKMipmapMode.Linear);
        surface.Canvas.DrawImage(image, SKRect.Create(layout.Width, layout.Height), sampling);
        using SKImage small = surface.Snapshot();
        using SKData data = small.Encode(SKEncodedImageFormat.Jpeg, Quality);
        return data.ToArray();
    }
}
