using SkiaSharp;

namespace TransferLearning.Reports;

/// <summary>Images made small enough to lie in a report by the dozen.</summary>
internal static class Thumbnail
{
    private const int LongestSide = 192;
    private const int Quality = 80;

    /// <summary>The image of a sample as a small JPEG file; null where the sample is none.</summary>
    /// <exception cref="MediaException">It could not be decoded.</exception>
    public static ReadOnlyMemory<byte>? Of(Sample sample)
    {
        switch (sample.Input)
        {
            case EncodedImage encoded:
                using (ImagePixels pixels = new SkiaImageCodec().Decode(encoded.Bytes, sample.Name))
                {
                    SKImageInfo layout = new(pixels.Width, pixels.Height, SKColorType.Rgb888x, SKAlphaType.Opaque);
                    using SKImage image = SKImage.FromPixelCopy(layout, pixels.Bytes.ToArray());
                    return Encode(image);
                }

            case RawImage raw:
                byte[] bytes = new byte[raw.Width * raw.Height * 4];
                for (int i = 0; i < raw.Width * raw.Height; i++)
                {
                    raw.Rgb.Span.Slice(i * 3, 3).CopyTo(bytes.AsSpan(i * 4));
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
