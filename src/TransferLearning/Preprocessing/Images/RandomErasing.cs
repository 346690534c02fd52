namespace TransferLearning;

/// <summary>
/// Paints over a random box with a given probability (Zhong et al., "Random Erasing Data Augmentation", 2017), with torchvision's draws.
/// </summary>
/// <remarks>Draws whether to erase. If so, up to ten times: the share of the area (uniform) and the logarithm of height / width (uniform);
/// if that box is smaller than the image both ways, its top and its left edge. If none is, nothing is erased. torchvision works on
/// normalised numbers and writes zeros; on pixels that is the mean colour, up to the rounding to eight bits. With noise it writes
/// normalised numbers of the standard normal distribution, one for each pixel and channel, and must be the last step of an
/// <see cref="ImagePipeline"/>.</remarks>
public sealed class RandomErasing : ImageTransform
{
    private const int Attempts = 10;

    private readonly double _probability;
    private readonly (double Low, double High) _scale;
    private readonly (double Low, double High) _ratio;
    private readonly PixelColor _fill;
    private readonly bool _noise;

    /// <summary>Creates the transform.</summary>
    /// <param name="probability">How often, from 0 to 1.</param>
    /// <param name="scale">The range of the box's share of the area; null means 0.02 to 0.33.</param>
    /// <param name="ratio">The range of the box's height / width; null means 0.3 to 3.3.</param>
    /// <param name="fill">The colour; null means ImageNet's mean.</param>
    /// <param name="noise">Whether the box is filled with noise in place of a colour.</param>
    public RandomErasing(
        double probability = 0.5, (double Low, double High)? scale = null, (double Low, double High)? ratio = null, PixelColor? fill = null,
        bool noise = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(probability);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(probability, 1.0);
        _probability = probability;
        _scale = scale ?? (0.02, 0.33);
        _ratio = ratio ?? (0.3, 3.3);
        if (!(_scale.Low >= 0 && _scale.Low <= _scale.High && _scale.High <= 1 && _ratio.Low > 0 && _ratio.Low <= _ratio.High))
        {
            throw new ArgumentOutOfRangeException(
                nameof(scale), $"The ranges {_scale} and {_ratio} must rise, the first within 0 to 1, the second positive.");
        }

        _fill = fill ?? MeanColor(ChannelValues.ImageNetMean);
        _noise = noise && fill is not null
            ? throw new ArgumentException("The box is filled with a colour or with noise: leave one of them out.", nameof(noise))
            : noise;
    }

    /// <summary>Whether it writes normalised numbers, after all other steps.</summary>
    internal bool WritesNumbers => _noise;

    /// <inheritdoc/>
    public override bool IsRandom => true;

    /// <inheritdoc/>
    public override string Fingerprint => string.Create(
        CultureInfo.InvariantCulture,
        $"RandomErasing({_probability:R},{_scale.Low:R}-{_scale.High:R},{_ratio.Low:R}-{_ratio.High:R},{(_noise ? "noise" : _fill)})");

    /// <inheritdoc/>
    public override ImagePixels Apply(ImagePixels image, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (_noise)
        {
            throw new InvalidOperationException(
                $"{Fingerprint} writes normalised numbers, which pixels are not: make it the last step of an {nameof(ImagePipeline)}.");
        }

        if (Draw(image.Width, image.Height, ref random) is { } box)
        {
            Span<uint> pixels = MemoryMarshal.Cast<byte, uint>(image.Bytes);
            for (int y = box.Top; y < box.Top + box.Height; y++)
            {
                pixels.Slice((y * image.Width) + box.Left, box.Width).Fill(_fill.Packed);
            }
        }

        return image;
    }

    /// <summary>Erases normalised numbers, in planes.</summary>
    internal void Apply(Span<float> planes, int width, int height, ref SeededRandom random)
    {
        if (Draw(width, height, ref random) is { } box)
        {
            float[] noise = new float[planes.Length / (width * height) * box.Width * box.Height];
            foreach (ref float number in noise.AsSpan())
            {
                number = (float)random.NextGaussian();
            }

            Write(noise, planes, width, height, box);
        }
    }

    /// <summary>Writes numbers, a small plane for each channel, into a box of planes.</summary>
    internal static void Write(
        ReadOnlySpan<float> numbers, Span<float> planes, int width, int height, (int Left, int Top, int Width, int Height) box)
    {
        for (int row = 0; row < numbers.Length / box.Width; row++)
        {
            int plane = row / box.Height, y = box.Top + (row % box.Height);
            numbers.Slice(row * box.Width, box.Width).CopyTo(planes[((((plane * height) + y) * width) + box.Left)..]);
        }
    }

    /// <summary>The size of a box with some share of the area and some height / width; null if it does not fit.</summary>
    internal static (int Width, int Height)? Size(int width, int height, double share, double ratio)
    {
        double erased = (double)width * height * share;
        double rows = Math.Round(Math.Sqrt(erased * ratio), MidpointRounding.ToEven);
        double columns = Math.Round(Math.Sqrt(erased / ratio), MidpointRounding.ToEven);
        return rows < height && columns < width ? ((int)columns, (int)rows) : null;
    }

    private (int Left, int Top, int Width, int Height)? Draw(int width, int height, ref SeededRandom random)
    {
        if (!random.NextBoolean(_probability))
        {
            return null;
        }

        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            double share = random.NextDouble(_scale.Low, _scale.High);
            double ratio = Math.Exp(random.NextDouble(Math.Log(_ratio.Low), Math.Log(_ratio.High)));
            if (Size(width, height, share, ratio) is { } size)
            {
                int top = random.NextInt32(height - size.Height + 1);
                return (random.NextInt32(width - size.Width + 1), top, size.Width, size.Height);
            }
        }

        return null;
    }

    private static PixelColor MeanColor(ChannelValues mean)
        => new((byte)MathF.Round(mean.Red * 255), (byte)MathF.Round(mean.Green * 255), (byte)MathF.Round(mean.Blue * 255));
}
