namespace TransferLearning;

/// <summary>Three channels a pixel to four, and back.</summary>
internal static class RawPixels
{
    public static ImagePixels Widen(RawImage raw, string name)
    {
        if (raw.ExpectedBytes == 0 || raw.Rgb.Length != raw.ExpectedBytes)
        {
            throw new MediaException(
                name,
                $"'{name}' has {raw.Rgb.Length} bytes, expected {raw.Width} x {raw.Height} x 3 = {raw.ExpectedBytes} "
                    + $"with {raw.BitsPerChannel} bits a channel.");
        }

        ImagePixels image = new(raw.Width, raw.Height, raw.BitsPerChannel);
        ReadOnlySpan<byte> from = raw.Rgb.Span;
        if (image.IsDeep)
        {
            Span<ushort> deep = image.Samples;
            for (int i = 0; i < deep.Length; i++)
            {
                deep[i] = i % 4 == 3
                    ? ushort.MaxValue
                    : BinaryPrimitives.ReadUInt16LittleEndian(from.Slice(2 * ((i / 4 * 3) + (i % 4)), 2));
            }

            return image;
        }

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
        if (image.IsDeep)
        {
            byte[] deep = new byte[checked(image.Width * image.Height * 6)];
            ReadOnlySpan<ushort> samples = image.Samples;
            for (int i = 0; i < deep.Length / 2; i++)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(deep.AsSpan(2 * i), samples[(i / 3 * 4) + (i % 3)]);
            }

            return new RawImage(image.Width, image.Height, deep) { BitsPerChannel = 16 };
        }

        byte[] rgb = new byte[image.Width * image.Height * 3];
        ReadOnlySpan<byte> from = image.Bytes;
        for (int source = 0, target = 0; target < rgb.Length; source += ImagePixels.BytesPerPixel, target += 3)
        {
            from.Slice(source, 3).CopyTo(rgb.AsSpan(target));
        }

        return new RawImage(image.Width, image.Height, rgb);
    }
}
