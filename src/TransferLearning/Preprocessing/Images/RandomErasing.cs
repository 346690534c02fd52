namespace TransferLearning;

/// <summary>
/// Paints over a random box with a given probability (Zhong et al., "Random Erasing Data Augmentation", 2017), with torchvision's draws.
/// </summary>
/// <remarks>Draws whether to erase. If so, up to ten times: the share of the area (uniform) and the logarithm of height / width (uniform);
/// if that box is smaller than the image both ways, its top and its left edge. If none is, nothing is erased. torchvision works on
/// normalised numbers and writes zeros; on pixels that is the mean colour, up to the rounding to eight bits.</remarks>
public sealed class RandomErasing : ImageTransform
{
    private const int Attempts = 10;

    private readonly double _probability;
    private readonly (double Low, double High) _scale;
    private readonly (double Low, double High) _ratio;
    private readonly PixelColor _fill;

    /// <summary>Makes the step.</summary>
    /// <param name="probability">How often, from 0 to 1.</param>
    /// <param name="scale">The range of the box's share of the area; null means 0.02 to 0.33.</param>
    /// <param name="ratio">The range of the box's height / width; null means 0.3 to 3.3.</param>
    /// <param name="fill">The colour; null means ImageNet's mean.</param>
    public RandomErasing(
        double probability = 0.5, (double Low, double High)? scale = null, (double Low, double High)? ratio = null, PixelColor? fill = null)
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
    }

    /// <inheritdoc/>
    public override bool IsRandom => true;

    /// <inheritdoc/>
    public override string Fingerprint => string.Create(
        CultureInfo.InvariantCulture,
        $"RandomErasing({_probability:R},{_scale.Low:R}-{_scale.High:R},{_ratio.Low:R}-{_ratio.High:R},{_fill})");

    /// <inheritdoc/>
    public override ImagePixels Apply(ImagePixels image, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (!random.NextBoolean(_probability))
        {
            return image;
        }

        double area = (double)image.Width * image.Height;
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            double erased = area * random.NextDouble(_scale.Low, _scale.High);
            double ratio = Math.Exp(random.NextDouble(Math.Log(_ratio.Low), Math.Log(_ratio.High)));
            double height = Math.Round(Math.Sqrt(erased * ratio), MidpointRounding.ToEven);
            double width = Math.Round(Math.Sqrt(erased / ratio), MidpointRounding.ToEven);
            if (height < image.Height && width < image.Width)
            {
                int top = random.NextInt32(image.Height - (int)height + 1);
                int left = random.NextInt32(image.Width - (int)width + 1);
                Paint(image, left, top, (int)width, (int)height);
                break;
            }
        }

        return image;
    }

    private void Paint(ImagePixels image, int left, int top, int width, int height)
    {
        Span<uint> pixels = MemoryMarshal.Cast<byte, uint>(image.Bytes);
        for (int y = top; y < top + height; y++)
        {
            pixels.Slice((y * image.Width) + left, width).Fill(_fill.Packed);
        }
    }

    private static PixelColor MeanColor(ChannelValues mean)
        => new((byte)MathF.Round(mean.Red * 255), (byte)MathF.Round(mean.Green * 255), (byte)MathF.Round(mean.Blue * 255));
}
