namespace TransferLearning;

/// <summary>What an audit measures of one image.</summary>
/// <param name="Width">In pixels, upright.</param>
/// <param name="Height">In pixels, upright.</param>
/// <param name="ColorMode">How the file stores its colours.</param>
/// <param name="Orientation">What its EXIF data ask for, 1 (upright) to 8.</param>
/// <param name="Mean">The mean of its grey levels, 0 to 255.</param>
/// <param name="Deviation">Their standard deviation.</param>
/// <param name="Sharpness">The variance of the Laplacian of its grey levels, at a longer side of at most 512 pixels; null for an image
/// without inner pixels.</param>
/// <param name="Average">Its average hash.</param>
/// <param name="Difference">Its difference hash.</param>
/// <param name="Perceptual">Its perceptual hash.</param>
/// <param name="Sums">The sums of its levels, 0 to 255, of red, green and blue.</param>
/// <param name="SquareSums">The sums of their squares.</param>
internal sealed record ImageFacts(
    int Width, int Height, string ColorMode, int Orientation, double Mean, double Deviation, double? Sharpness, ulong Average,
    ulong Difference, ulong Perceptual, (double Red, double Green, double Blue) Sums, (double Red, double Green, double Blue) SquareSums)
{
    // What is larger is scaled down first, so that images of several sizes can be compared; as they come, large ones look smooth.
    private const int LongestSide = 512;

    /// <summary>How many pixels it has.</summary>
    public long Pixels => (long)Width * Height;

    /// <summary>Measures a decoded image.</summary>
    /// <param name="image">The image; it stays the caller's.</param>
    /// <param name="file">The file it was decoded from; empty for pixels in memory.</param>
    public static ImageFacts Of(ImagePixels image, ReadOnlySpan<byte> file)
    {
        long[] sums = new long[3], squares = new long[3];
        bool isGrey = true;
        Span<byte> bytes = image.Bytes;
        for (int i = 0; i + 3 < bytes.Length; i += ImagePixels.BytesPerPixel)
        {
            for (int channel = 0; channel < 3; channel++)
            {
                int level = bytes[i + channel];
                sums[channel] += level;
                squares[channel] += level * level;
            }

            isGrey &= bytes[i] == bytes[i + 1] && bytes[i] == bytes[i + 2];
        }

        using ImagePixels grey = ImageHash.Grey(image);
        long pixels = (long)image.Width * image.Height;
        int[] histogram = Levels.Histogram(grey, 0);
        double mean = histogram.Select((count, level) => (double)count * level).Sum() / pixels;
        double variance = histogram.Select((count, level) => count * (level - mean) * (level - mean)).Sum() / pixels;
        (ulong average, ulong difference, ulong perceptual) = ImageHash.OfGrey(grey);
        string mode = ImageColorMode.Of(file);
        return new ImageFacts(
            image.Width, image.Height, isGrey && !ImageColorMode.IsGrey(mode) ? $"{mode} that is grey" : mode,
            file.IsEmpty ? 1 : (int)ExifOrientation.Of(file), mean, Math.Sqrt(variance), Laplacian(grey), average, difference, perceptual,
            (sums[0], sums[1], sums[2]), (squares[0], squares[1], squares[2]));
    }

    /// <summary>The variance of what the kernel 0 1 0, 1 -4 1, 0 1 0 gives for the inner pixels (Pech-Pacheco et al., 2000).</summary>
    /// <param name="grey">A grey image.</param>
    internal static double? Laplacian(ImagePixels grey)
    {
        int longer = Math.Max(grey.Width, grey.Height);
        if (longer > LongestSide)
        {
            (int width, int height) = ((int)((long)grey.Width * LongestSide / longer), (int)((long)grey.Height * LongestSide / longer));
            using ImagePixels smaller = Resampler.Resize(grey, Math.Max(width, 1), Math.Max(height, 1), Interpolation.Bilinear);
            return Laplacian(smaller);
        }

        if (grey.Width < 3 || grey.Height < 3)
        {
            return null;
        }

        (long sum, long squares) = (0, 0);
        Span<byte> bytes = grey.Bytes;
        int stride = grey.Stride;
        for (int y = 1; y < grey.Height - 1; y++)
        {
            for (int x = 1; x < grey.Width - 1; x++)
            {
                int at = (y * stride) + (x * ImagePixels.BytesPerPixel);
                int edge = bytes[at - stride] + bytes[at + stride] + bytes[at - 4] + bytes[at + 4] - (4 * bytes[at]);
                sum += edge;
                squares += (long)edge * edge;
            }
        }

        double count = (double)(grey.Width - 2) * (grey.Height - 2);
        return (squares / count) - (sum / count * (sum / count));
    }
}
