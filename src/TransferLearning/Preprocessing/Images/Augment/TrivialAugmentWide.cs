namespace TransferLearning;

/// <summary>Applies one operation, drawn from fourteen, at a random strength (Müller and Hutter, "TrivialAugment: Tuning-free Yet
/// State-of-the-Art Data Augmentation", 2021), as torchvision defines its wide form.</summary>
/// <remarks>Draws which operation, then its strength if it has one, then its direction if it has one.</remarks>
public sealed class TrivialAugmentWide : ChoosingTransform
{
    private readonly int _bins;
    private readonly Interpolation _interpolation;
    private readonly PixelColor _fill;

    /// <summary>Creates the transform.</summary>
    /// <param name="bins">How many strengths there are, at least 2.</param>
    /// <param name="interpolation">How shears, shifts and rotations sample: nearest or bilinear.</param>
    /// <param name="fill">The colour of what lies outside of the image; black by default.</param>
    public TrivialAugmentWide(int bins = 31, Interpolation interpolation = Interpolation.Nearest, PixelColor fill = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 2);
        _bins = bins;
        _interpolation = interpolation;
        _fill = fill;
    }

    /// <inheritdoc/>
    public override string Fingerprint => string.Create(
        CultureInfo.InvariantCulture, $"TrivialAugmentWide({_bins},{_interpolation},{_fill})");

    /// <inheritdoc/>
    protected override IReadOnlyList<ImageTransform> Choose(ImagePixels image, ref SeededRandom random)
    {
        AugmentKind kind = (AugmentKind)random.NextInt32((int)AugmentKind.Equalize + 1);
        double magnitude = AugmentOperation.HasMagnitude(kind) ? Magnitude(kind, random.NextInt32(_bins), _bins) : 0;
        if (AugmentOperation.IsSigned(kind) && random.NextInt32(2) == 1)
        {
            magnitude = -magnitude;
        }

        return AugmentOperation.Create(kind, magnitude, _interpolation, _fill) is { } step ? [step] : [];
    }

    /// <summary>The magnitude of one operation at one strength.</summary>
    internal static double Magnitude(AugmentKind kind, int index, int bins) => kind switch
    {
        AugmentKind.TranslateX or AugmentKind.TranslateY => AugmentOperation.Spaced(0f, 32f, index, bins),
        AugmentKind.Rotate => AugmentOperation.Spaced(0f, 135f, index, bins),
        AugmentKind.Posterize => AugmentOperation.PosterizeBits(index, bins, lost: 6),
        AugmentKind.Solarize => AugmentOperation.Spaced(255f, 0f, index, bins),
        _ => AugmentOperation.Spaced(0f, 0.99f, index, bins),
    };
}
