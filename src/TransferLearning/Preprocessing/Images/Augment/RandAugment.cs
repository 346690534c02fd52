namespace TransferLearning;

/// <summary>Applies some operations, drawn from fourteen, all at one strength (Cubuk et al., "RandAugment: Practical automated data
/// augmentation with a reduced search space", 2019), as torchvision defines it.</summary>
/// <remarks>For each operation draws which one, then, if it has a direction, which way.</remarks>
public sealed class RandAugment : ChoosingTransform
{
    private readonly int _operations;
    private readonly int _magnitude;
    private readonly int _bins;
    private readonly Interpolation _interpolation;
    private readonly PixelColor _fill;

    /// <summary>Creates the transform.</summary>
    /// <param name="operations">How many operations are applied, one after the other.</param>
    /// <param name="magnitude">The strength, from 0 to <paramref name="bins"/> - 1.</param>
    /// <param name="bins">How many strengths there are, at least 2.</param>
    /// <param name="interpolation">How shears, shifts and rotations sample: nearest or bilinear.</param>
    /// <param name="fill">The colour of what lies outside of the image; black by default.</param>
    public RandAugment(
        int operations = 2, int magnitude = 9, int bins = 31, Interpolation interpolation = Interpolation.Nearest,
        PixelColor fill = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(operations);
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 2);
        ArgumentOutOfRangeException.ThrowIfNegative(magnitude);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(magnitude, bins);
        _operations = operations;
        _magnitude = magnitude;
        _bins = bins;
        _interpolation = interpolation;
        _fill = fill;
    }

    /// <inheritdoc/>
    public override string Fingerprint => string.Create(
        CultureInfo.InvariantCulture, $"RandAugment({_operations},{_magnitude},{_bins},{_interpolation},{_fill})");

    /// <inheritdoc/>
    protected override IReadOnlyList<ImageTransform> Choose(ImagePixels image, ref SeededRandom random)
    {
        List<ImageTransform> steps = [];
        (int width, int height) = (image.Width, image.Height);
        for (int i = 0; i < _operations; i++)
        {
            AugmentKind kind = (AugmentKind)random.NextInt32((int)AugmentKind.Equalize + 1);
            double magnitude = Magnitude(kind, _magnitude, _bins, width, height);
            if (AugmentOperation.IsSigned(kind) && random.NextInt32(2) == 1)
            {
                magnitude = -magnitude;
            }

            if (AugmentOperation.Create(kind, magnitude, _interpolation, _fill) is { } step)
            {
                steps.Add(step);
            }
        }

        return steps;
    }

    /// <summary>The magnitude of one operation at one strength.</summary>
    internal static double Magnitude(AugmentKind kind, int index, int bins, int width, int height) => kind switch
    {
        AugmentKind.ShearX or AugmentKind.ShearY => AugmentOperation.Spaced(0f, 0.3f, index, bins),
        AugmentKind.TranslateX => AugmentOperation.Spaced(0f, (float)(150.0 / 331.0 * width), index, bins),
        AugmentKind.TranslateY => AugmentOperation.Spaced(0f, (float)(150.0 / 331.0 * height), index, bins),
        AugmentKind.Rotate => AugmentOperation.Spaced(0f, 30f, index, bins),
        AugmentKind.Brightness or AugmentKind.Color or AugmentKind.Contrast or AugmentKind.Sharpness
            => AugmentOperation.Spaced(0f, 0.9f, index, bins),
        AugmentKind.Posterize => AugmentOperation.PosterizeBits(index, bins, lost: 4),
        AugmentKind.Solarize => AugmentOperation.Spaced(255f, 0f, index, bins),
        _ => 0,
    };
}
