namespace TransferLearning;

/// <summary>Three bytes a pixel to four, and back.</summary>
internal static class RawPixels
{
    public static ImagePixels Widen(RawImage raw, string name)
    {
        long expected = (long)raw.Width * raw.Height * 3;
        if (raw.Width <= 0 || raw.Height <= 0 || raw.Rgb.Length != expected)
        {
            throw new MediaException(name, $"'{name}' has {raw.Rgb.Length} bytes, expected {raw.Width} x {raw.Height} x 3 = {expected}.");
        }

        ImagePixels image = new(raw.Width, raw.Height);
        ReadOnlySpan<byte> from = raw.Rgb.Span;
        Span<byte> to = image.Bytes;
        for (int source = 0, target = 0; source < from.Length; source += 3, target += 4)
        {
            to[target] = from[source];
            to[target + 1] = from[source + 1];
            to[target + 2] = from[source + 2];
            to[target + 3] = byte.MaxValue;
        }

        return image;
    }

    public static RawImage Narrow(ImagePixels image)
    {
        byte[] rgb = new byte[image.Width * image.Height * 3];
        ReadOnlySpan<byte> from = image.Bytes;
        for (int source = 0, target = 0; target < rgb.Length; source += ImagePixels.BytesPerPixel, target += 3)
        {
            from.Slice(source, 3).CopyTo(rgb.AsSpan(target));
        }

        return new RawImage(image.Width, image.Height, rgb);
    }
}
