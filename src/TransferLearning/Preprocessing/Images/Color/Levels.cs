namespace TransferLearning;

/// <summary>What happens to an image level by level: tables of 256 values, histograms, and the mixing of two levels.</summary>
internal static class Levels
{
    /// <summary>Replaces each level of all channels by the one a table gives, in place.</summary>
    public static ImagePixels Replace(ImagePixels image, ReadOnlySpan<byte> table) => Replace(image, table, table, table);

    /// <summary>Replaces each level by the one its channel's table gives, in place.</summary>
    public static ImagePixels Replace(ImagePixels image, ReadOnlySpan<byte> red, ReadOnlySpan<byte> green, ReadOnlySpan<byte> blue)
    {
        Span<byte> bytes = image.Bytes;
        red = red[..256];
        green = green[..256];
        blue = blue[..256];
        for (int i = 0; i + 3 < bytes.Length; i += 4)
        {
            bytes[i] = red[bytes[i]];
            bytes[i + 1] = green[bytes[i + 1]];
            bytes[i + 2] = blue[bytes[i + 2]];
        }

        return image;
    }

    /// <summary>How many pixels have each level of one channel (0 red, 1 green, 2 blue).</summary>
    public static int[] Histogram(ImagePixels image, int channel)
    {
        int[] counts = new int[256];
        Span<byte> bytes = image.Bytes;
        for (int i = channel; i < bytes.Length; i += ImagePixels.BytesPerPixel)
        {
            counts[bytes[i]]++;
        }

        return counts;
    }

    /// <summary><paramref name="basis"/> + <paramref name="factor"/> * (<paramref name="level"/> - <paramref name="basis"/>) in float32,
    /// cut off after the point and limited to 0..255: a factor of 0 gives the basis, 1 the level, more exaggerates.</summary>
    public static byte Mix(int basis, int level, float factor)
    {
        float scaled = factor * (level - basis);
        float mixed = basis + scaled;
        return mixed <= 0f ? (byte)0 : mixed >= 255f ? (byte)255 : (byte)mixed;
    }

    /// <summary>The grey of a colour by the weights of ITU-R 601 (0.299, 0.587, 0.114), in fixed point of 16 bits.</summary>
    public static int Luma(int red, int green, int blue) => ((red * 19595) + (green * 38470) + (blue * 7471) + 0x8000) >> 16;

    /// <summary>A factor that a mix can use: finite and not negative.</summary>
    public static double CheckedFactor(double factor, string name)
        => factor >= 0 && double.IsFinite(factor)
            ? factor
            : throw new ArgumentOutOfRangeException(name, factor, "The factor must be finite and not negative; 1 changes nothing.");
}
