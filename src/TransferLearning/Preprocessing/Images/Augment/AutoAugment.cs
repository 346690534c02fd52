namespace TransferLearning;

/// <summary>Applies two operations, one of 25 pairs that were found by search on a data set, each with its own probability and strength
/// (Cubuk et al., "AutoAugment: Learning Augmentation Policies from Data", 2019), as torchvision defines it.</summary>
/// <remarks>Draws which pair, whether each operation is applied, then which way each goes, whether or not it has a direction.</remarks>
public sealed class AutoAugment : ChoosingTransform
{
    private const int Bins = 10;

    private static readonly (Operation First, Operation Second)[] ImageNetPairs =
    [
        (new(AugmentKind.Posterize, 0.4, 8), new(AugmentKind.Rotate, 0.6, 9)),
        (new(AugmentKind.Solarize, 0.6, 5), new(AugmentKind.AutoContrast, 0.6)),
        (new(AugmentKind.Equalize, 0.8), new(AugmentKind.Equalize, 0.6)),
        (new(AugmentKind.Posterize, 0.6, 7), new(AugmentKind.Posterize, 0.6, 6)),
        (new(AugmentKind.Equalize, 0.4), new(AugmentKind.Solarize, 0.2, 4)),
        (new(AugmentKind.Equalize, 0.4), new(AugmentKind.Rotate, 0.8, 8)),
        (new(AugmentKind.Solarize, 0.6, 3), new(AugmentKind.Equalize, 0.6)),
        (new(AugmentKind.Posterize, 0.8, 5), new(AugmentKind.Equalize, 1)),
        (new(AugmentKind.Rotate, 0.2, 3), new(AugmentKind.Solarize, 0.6, 8)),
        (new(AugmentKind.Equalize, 0.6), new(AugmentKind.Posterize, 0.4, 6)),
        (new(AugmentKind.Rotate, 0.8, 8), new(AugmentKind.Color, 0.4, 0)),
        (new(AugmentKind.Rotate, 0.4, 9), new(AugmentKind.Equalize, 0.6)),
        (new(AugmentKind.Equalize, 0), new(AugmentKind.Equalize, 0.8)),
        (new(AugmentKind.Invert, 0.6), new(AugmentKind.Equalize, 1)),
        (new(AugmentKind.Color, 0.6, 4), new(AugmentKind.Contrast, 1, 8)),
        (new(AugmentKind.Rotate, 0.8, 8), new(AugmentKind.Color, 1, 2)),
        (new(AugmentKind.Color, 0.8, 8), new(AugmentKind.Solarize, 0.8, 7)),
        (new(AugmentKind.Sharpness, 0.4, 7), new(AugmentKind.Invert, 0.6)),
        (new(AugmentKind.ShearX, 0.6, 5), new(AugmentKind.Equalize, 1)),
        (new(AugmentKind.Color, 0.4, 0), new(AugmentKind.Equalize, 0.6)),
        (new(AugmentKind.Equalize, 0.4), new(AugmentKind.Solarize, 0.2, 4)),
        (new(AugmentKind.Solarize, 0.6, 5), new(AugmentKind.AutoContrast, 0.6)),
        (new(AugmentKind.Invert, 0.6), new(AugmentKind.Equalize, 1)),
        (new(AugmentKind.Color, 0.6, 4), new(AugmentKind.Contrast, 1, 8)),
        (new(AugmentKind.Equalize, 0.8), new(AugmentKind.Equalize, 0.6)),
    ];

    private static readonly (Operation First, Operation Second)[] Cifar10Pairs =
    [
        (new(AugmentKind.Invert, 0.1), new(AugmentKind.Contrast, 0.2, 6)),
        (new(AugmentKind.Rotate, 0.7, 2), new(AugmentKind.TranslateX, 0.3, 9)),
        (new(AugmentKind.Sharpness, 0.8, 1), new(AugmentKind.Sharpness, 0.9, 3)),
        (new(AugmentKind.ShearY, 0.5, 8), new(AugmentKind.TranslateY, 0.7, 9)),
        (new(AugmentKind.AutoContrast, 0.5), new(AugmentKind.Equalize, 0.9)),
        (new(AugmentKind.ShearY, 0.2, 7), new(AugmentKind.Posterize, 0.3, 7)),
        (new(AugmentKind.Color, 0.4, 3), new(AugmentKind.Brightness, 0.6, 7)),
        (new(AugmentKind.Sharpness, 0.3, 9), new(AugmentKind.Brightness, 0.7, 9)),
        (new(AugmentKind.Equalize, 0.6), new(AugmentKind.Equalize, 0.5)),
        (new(AugmentKind.Contrast, 0.6, 7), new(AugmentKind.Sharpness, 0.6, 5)),
        (new(AugmentKind.Color, 0.7, 7), new(AugmentKind.TranslateX, 0.5, 8)),
        (new(AugmentKind.Equalize, 0.3), new(AugmentKind.AutoContrast, 0.4)),
        (new(AugmentKind.TranslateY, 0.4, 3), new(AugmentKind.Sharpness, 0.2, 6)),
        (new(AugmentKind.Brightness, 0.9, 6), new(AugmentKind.Color, 0.2, 8)),
        (new(AugmentKind.Solarize, 0.5, 2), new(AugmentKind.Invert, 0)),
        (new(AugmentKind.Equalize, 0.2), new(AugmentKind.AutoContrast, 0.6)),
        (new(AugmentKind.Equalize, 0.2), new(AugmentKind.Equalize, 0.6)),
        (new(AugmentKind.Color, 0.9, 9), new(AugmentKind.Equalize, 0.6)),
        (new(AugmentKind.AutoContrast, 0.8), new(AugmentKind.Solarize, 0.2, 8)),
        (new(AugmentKind.Brightness, 0.1, 3), new(AugmentKind.Color, 0.7, 0)),
        (new(AugmentKind.Solarize, 0.4, 5), new(AugmentKind.AutoContrast, 0.9)),
        (new(AugmentKind.TranslateY, 0.9, 9), new(AugmentKind.TranslateY, 0.7, 9)),
        (new(AugmentKind.AutoContrast, 0.9), new(AugmentKind.Solarize, 0.8, 3)),
        (new(AugmentKind.Equalize, 0.8), new(AugmentKind.Invert, 0.1)),
        (new(AugmentKind.TranslateY, 0.7, 9), new(AugmentKind.AutoContrast, 0.9)),
    ];

    private static readonly (Operation First, Operation Second)[] SvhnPairs =
    [
        (new(AugmentKind.ShearX, 0.9, 4), new(AugmentKind.Invert, 0.2)),
        (new(AugmentKind.ShearY, 0.9, 8), new(AugmentKind.Invert, 0.7)),
        (new(AugmentKind.Equalize, 0.6), new(AugmentKind.Solarize, 0.6, 6)),
        (new(AugmentKind.Invert, 0.9), new(AugmentKind.Equalize, 0.6)),
        (new(AugmentKind.Equalize, 0.6), new(AugmentKind.Rotate, 0.9, 3)),
        (new(AugmentKind.ShearX, 0.9, 4), new(AugmentKind.AutoContrast, 0.8)),
        (new(AugmentKind.ShearY, 0.9, 8), new(AugmentKind.Invert, 0.4)),
        (new(AugmentKind.ShearY, 0.9, 5), new(AugmentKind.Solarize, 0.2, 6)),
        (new(AugmentKind.Invert, 0.9), new(AugmentKind.AutoContrast, 0.8)),
        (new(AugmentKind.Equalize, 0.6), new(AugmentKind.Rotate, 0.9, 3)),
        (new(AugmentKind.ShearX, 0.9, 4), new(AugmentKind.Solarize, 0.3, 3)),
        (new(AugmentKind.ShearY, 0.8, 8), new(AugmentKind.Invert, 0.7)),
        (new(AugmentKind.Equalize, 0.9), new(AugmentKind.TranslateY, 0.6, 6)),
        (new(AugmentKind.Invert, 0.9), new(AugmentKind.Equalize, 0.6)),
        (new(AugmentKind.Contrast, 0.3, 3), new(AugmentKind.Rotate, 0.8, 4)),
        (new(AugmentKind.Invert, 0.8), new(AugmentKind.TranslateY, 0, 2)),
        (new(AugmentKind.ShearY, 0.7, 6), new(AugmentKind.Solarize, 0.4, 8)),
        (new(AugmentKind.Invert, 0.6), new(AugmentKind.Rotate, 0.8, 4)),
        (new(AugmentKind.ShearY, 0.3, 7), new(AugmentKind.TranslateX, 0.9, 3)),
        (new(AugmentKind.ShearX, 0.1, 6), new(AugmentKind.Invert, 0.6)),
        (new(AugmentKind.Solarize, 0.7, 2), new(AugmentKind.TranslateY, 0.6, 7)),
        (new(AugmentKind.ShearY, 0.8, 4), new(AugmentKind.Invert, 0.8)),
        (new(AugmentKind.ShearX, 0.7, 9), new(AugmentKind.TranslateY, 0.8, 3)),
        (new(AugmentKind.ShearY, 0.8, 5), new(AugmentKind.AutoContrast, 0.7)),
        (new(AugmentKind.ShearX, 0.7, 2), new(AugmentKind.Invert, 0.1)),
    ];

    private readonly AutoAugmentPolicy _policy;
    private readonly Interpolation _interpolation;
    private readonly PixelColor _fill;

    /// <summary>Creates the transform.</summary>
    /// <param name="policy">For which data set the pairs were found.</param>
    /// <param name="interpolation">How shears, shifts and rotations sample: nearest or bilinear.</param>
    /// <param name="fill">The colour of what lies outside of the image; black by default.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such policy.</exception>
    public AutoAugment(
        AutoAugmentPolicy policy = AutoAugmentPolicy.ImageNet, Interpolation interpolation = Interpolation.Nearest,
        PixelColor fill = default)
    {
        _ = PairsOf(policy);
        (_policy, _interpolation, _fill) = (policy, interpolation, fill);
    }

    /// <inheritdoc/>
    public override string Fingerprint => string.Create(CultureInfo.InvariantCulture, $"AutoAugment({_policy},{_interpolation},{_fill})");

    /// <summary>What the pairs are made of, in torchvision's order.</summary>
    internal static IReadOnlyList<AugmentKind> Kinds { get; } = [.. Enum.GetValues<AugmentKind>().Skip(1)];

    /// <inheritdoc/>
    protected override IReadOnlyList<ImageTransform> Choose(ImagePixels image, ref SeededRandom random)
    {
        (Operation, Operation)[] pairs = PairsOf(_policy);
        (Operation first, Operation second) = pairs[random.NextInt32(pairs.Length)];
        (double firstChance, double secondChance) = (random.NextDouble(), random.NextDouble());
        (bool isFirstNegative, bool isSecondNegative) = (random.NextInt32(2) == 0, random.NextInt32(2) == 0);
        return
        [
            .. firstChance <= first.Probability ? [Step(first, isFirstNegative, image)] : Array.Empty<ImageTransform>(),
            .. secondChance <= second.Probability ? [Step(second, isSecondNegative, image)] : Array.Empty<ImageTransform>(),
        ];
    }

    /// <summary>The 25 pairs of operations.</summary>
    internal static (Operation First, Operation Second)[] PairsOf(AutoAugmentPolicy policy) => policy switch
    {
        AutoAugmentPolicy.ImageNet => ImageNetPairs,
        AutoAugmentPolicy.Cifar10 => Cifar10Pairs,
        AutoAugmentPolicy.Svhn => SvhnPairs,
        _ => throw new ArgumentOutOfRangeException(nameof(policy), policy, "There is no such policy."),
    };

    /// <summary>The magnitude of one operation at one strength: RandAugment's with ten strengths.</summary>
    internal static double Magnitude(AugmentKind kind, int index, int width, int height)
        => RandAugment.Magnitude(kind, index, Bins, width, height);

    private ImageTransform Step(Operation operation, bool isNegative, ImagePixels image)
    {
        double magnitude = Magnitude(operation.Kind, operation.Strength ?? 0, image.Width, image.Height);
        double signed = isNegative && AugmentOperation.IsSigned(operation.Kind) ? -magnitude : magnitude;
        return AugmentOperation.Create(operation.Kind, signed, _interpolation, _fill)!;
    }

    /// <summary>One operation of a pair.</summary>
    /// <param name="Kind">What it does.</param>
    /// <param name="Probability">How often.</param>
    /// <param name="Strength">How strongly, from 0 to 9; null for one without a magnitude.</param>
    internal sealed record Operation(AugmentKind Kind, double Probability, int? Strength = null);
}
