namespace TransferLearning;

/// <summary>
/// Hashes of 64 bits that stay nearly the same when an image is scaled or compressed anew: the number of differing bits says how alike two
/// images look. Equal to those of Python's imagehash package for images that Pillow decodes to the same pixels.
/// </summary>
public static class ImageHash
{
    private const int Side = 8;
    private const int PerceptualSide = 32;

    // 2 cos(pi k (2m + 1) / 2n) for the odd k below 8 of each length n that is halved on the way.
    private static readonly double[][] Cosines = [.. new[] { 32, 16, 8, 4, 2 }.Select(CosinesOf)];

    /// <summary>A bit is set where a pixel of the image at 8 x 8 is lighter than their mean.</summary>
    /// <param name="image">The image; it is not changed.</param>
    /// <param name="interpolation">How it is scaled down. Default: as imagehash does.</param>
    public static ulong Average(ImagePixels image, Interpolation interpolation = Interpolation.Lanczos)
    {
        using ImagePixels grey = Grey(image);
        return AverageOf(Thumbnail(grey, Side, Side, interpolation));
    }

    /// <summary>A bit is set where a pixel of the image at 9 x 8 is darker than the one on its right.</summary>
    /// <inheritdoc cref="Average"/>
    public static ulong Difference(ImagePixels image, Interpolation interpolation = Interpolation.Lanczos)
    {
        using ImagePixels grey = Grey(image);
        return DifferenceOf(Thumbnail(grey, Side + 1, Side, interpolation));
    }

    /// <summary>A bit is set where one of the 64 lowest frequencies of the image at 32 x 32 is above their median.</summary>
    /// <inheritdoc cref="Average" path="/returns|/exception|/remarks"/>
    /// <param name="image">The image; it is not changed.</param>
    /// <param name="interpolation">How it is scaled down. Default: as imagehash does.</param>
    /// <param name="withoutConstant">Whether the median is that of the other 63, without the mean of the image. Default: false.</param>
    public static ulong Perceptual(
        ImagePixels image, Interpolation interpolation = Interpolation.Lanczos, bool withoutConstant = false)
    {
        using ImagePixels grey = Grey(image);
        return PerceptualOf(Frequencies(Thumbnail(grey, PerceptualSide, PerceptualSide, interpolation)), withoutConstant);
    }

    /// <summary>In how many bits two hashes differ.</summary>
    public static int Distance(ulong first, ulong second) => BitOperations.PopCount(first ^ second);

    /// <summary>All three, of an image that is grey already.</summary>
    internal static (ulong Average, ulong Difference, ulong Perceptual) OfGrey(ImagePixels grey) => (
        AverageOf(Thumbnail(grey, Side, Side, Interpolation.Lanczos)),
        DifferenceOf(Thumbnail(grey, Side + 1, Side, Interpolation.Lanczos)),
        PerceptualOf(Frequencies(Thumbnail(grey, PerceptualSide, PerceptualSide, Interpolation.Lanczos)), false));

    /// <summary>A grey copy; the caller disposes it.</summary>
    internal static ImagePixels Grey(ImagePixels image)
    {
        ArgumentNullException.ThrowIfNull(image);
        ImagePixels copy = new(image.Width, image.Height);
        image.Bytes.CopyTo(copy.Bytes);
        SeededRandom none = default;
        return new Grayscale().Apply(copy, ref none);
    }

    /// <summary>The levels of a grey image scaled down, row by row.</summary>
    internal static byte[] Thumbnail(ImagePixels grey, int width, int height, Interpolation interpolation)
    {
        using ImagePixels small = Resampler.Resize(grey, width, height, interpolation);
        byte[] levels = new byte[width * height];
        for (int i = 0; i < levels.Length; i++)
        {
            levels[i] = small.Bytes[i * ImagePixels.BytesPerPixel];
        }

        return levels;
    }

    /// <summary>The lowest 8 x 8 frequencies of 32 x 32 levels (type II cosine transform over rows and columns, not normalised).</summary>
    internal static double[] Frequencies(byte[] levels)
    {
        double[] columns = new double[Side * PerceptualSide], low = new double[Side * Side];
        double[] line = new double[PerceptualSide];
        for (int x = 0; x < PerceptualSide; x++)
        {
            for (int y = 0; y < PerceptualSide; y++)
            {
                line[y] = levels[(y * PerceptualSide) + x];
            }

            Transform(line, 0).AsSpan(0, Side).CopyTo(columns.AsSpan(x * Side));
        }

        for (int v = 0; v < Side; v++)
        {
            for (int x = 0; x < PerceptualSide; x++)
            {
                line[x] = columns[(x * Side) + v];
            }

            Transform(line, 0).AsSpan(0, Side).CopyTo(low.AsSpan(v * Side));
        }

        return low;
    }

    private static ulong AverageOf(byte[] levels)
    {
        int sum = levels.Sum(level => level);
        return Bitwise(levels.Length, i => levels[i] * levels.Length > sum);
    }

    private static ulong DifferenceOf(byte[] levels) => Bitwise(Side * Side, i =>
    {
        int at = (i / Side * (Side + 1)) + (i % Side);
        return levels[at + 1] > levels[at];
    });

    private static ulong PerceptualOf(double[] frequencies, bool withoutConstant)
    {
        double median = Median(withoutConstant ? frequencies[1..] : frequencies);
        return Bitwise(frequencies.Length, i => frequencies[i] > median);
    }

    /// <summary>The middle one of some numbers, or the mean of the middle two.</summary>
    internal static double Median(IEnumerable<double> numbers)
    {
        double[] sorted = [.. numbers.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    // The first bit is the most significant.
    private static ulong Bitwise(int count, Func<int, bool> isSet)
    {
        ulong hash = 0;
        for (int i = 0; i < count; i++)
        {
            hash = (hash << 1) | (isSet(i) ? 1UL : 0);
        }

        return hash;
    }

    // Even frequencies are those of the sums of opposite pixels, odd ones come of their differences, so that what is constant or symmetric
    // gives zeros, and no rounding that would set bits at random.
    private static double[] Transform(double[] line, int depth)
    {
        int length = line.Length, half = length / 2;
        if (length == 1)
        {
            return [2 * line[0]];
        }

        double[] sums = new double[half], differences = new double[half], all = new double[length];
        for (int m = 0; m < half; m++)
        {
            sums[m] = line[m] + line[length - 1 - m];
            differences[m] = line[m] - line[length - 1 - m];
        }

        double[] even = Transform(sums, depth + 1);
        for (int k = 0; k < Math.Min(half, Side / 2); k++)
        {
            double odd = 0;
            for (int m = 0; m < half; m++)
            {
                odd += differences[m] * Cosines[depth][(k * half) + m];
            }

            (all[2 * k], all[(2 * k) + 1]) = (even[k], odd);
        }

        return all;
    }

    private static double[] CosinesOf(int length)
    {
        int half = length / 2, wanted = Math.Min(half, Side / 2);
        return
        [
            .. Enumerable.Range(0, wanted * half).Select(
                i => 2 * Math.Cos(Math.PI * ((2 * (i / half)) + 1) * ((2 * (i % half)) + 1) / (2 * length))),
        ];
    }
}
