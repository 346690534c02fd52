namespace TransferLearning;

/// <summary>Mixes an image with what some chains of mild operations make of it (Hendrycks et al., "AugMix: A Simple Data Processing Method
/// to Improve Robustness and Uncertainty", 2020), as torchvision defines it.</summary>
/// <remarks>Draws how much of the mixture is the image, the parts of the chains, and for each chain its length and for each operation which
/// one, its strength and its direction. Chains are cut off to whole levels once, at the end. Boxes and masks stay as they are, though
/// parts of the image move.</remarks>
public sealed class AugMix : ImageTransform
{
    private const int Bins = 10;
    private const int LongestChain = 3;

    // What rounding takes away of a sum that is whole.
    private const double Rounding = 1e-9;

    private readonly int _severity;
    private readonly int _width;
    private readonly int? _depth;
    private readonly double _alpha;
    private readonly bool _allOperations;
    private readonly Interpolation _interpolation;
    private readonly PixelColor _fill;

    /// <summary>Creates the transform.</summary>
    /// <param name="severity">The strengths that are drawn: those below it of ten, from 1 to 10.</param>
    /// <param name="width">How many chains are mixed, at least 1.</param>
    /// <param name="depth">How many operations a chain has, at least 1; null draws one to three.</param>
    /// <param name="alpha">How even the parts are, above 0: both the image's against the chains' and theirs among each other.</param>
    /// <param name="allOperations">Whether brightness, colour, contrast and sharpness are among them, which leaves out none of the
    /// corruptions that robustness is measured by.</param>
    /// <param name="interpolation">How shears, shifts and rotations sample: nearest or bilinear.</param>
    /// <param name="fill">The colour of what lies outside of the image; black by default.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public AugMix(
        int severity = 3, int width = 3, int? depth = null, double alpha = 1, bool allOperations = true,
        Interpolation interpolation = Interpolation.Bilinear, PixelColor fill = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(severity, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(severity, Bins);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(depth ?? 1, 1, nameof(depth));
        if (!(alpha > 0) || !double.IsFinite(alpha))
        {
            throw new ArgumentOutOfRangeException(nameof(alpha), alpha, "Alpha must be above 0 and finite.");
        }

        (_severity, _width, _depth, _alpha, _allOperations) = (severity, width, depth, alpha, allOperations);
        (_interpolation, _fill) = (interpolation, fill);
    }

    /// <inheritdoc/>
    public override bool IsRandom => true;

    /// <inheritdoc/>
    public override string Fingerprint => string.Create(
        CultureInfo.InvariantCulture,
        $"AugMix({_severity},{_width},{(_depth is { } depth ? $"{depth}" : "1-3")},{_alpha:R},{(_allOperations ? "all" : "few")},"
            + $"{_interpolation},{_fill})");

    /// <summary>What chains are made of, in torchvision's order; the last four only with all operations.</summary>
    internal static IReadOnlyList<AugmentKind> Kinds { get; } =
    [
        AugmentKind.ShearX, AugmentKind.ShearY, AugmentKind.TranslateX, AugmentKind.TranslateY, AugmentKind.Rotate, AugmentKind.Posterize,
        AugmentKind.Solarize, AugmentKind.AutoContrast, AugmentKind.Equalize,
        AugmentKind.Brightness, AugmentKind.Color, AugmentKind.Contrast, AugmentKind.Sharpness,
    ];

    /// <inheritdoc/>
    public override ImagePixels Apply(ImagePixels image, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(image);
        double mixing = 1 - random.NextBeta(_alpha);
        double[] weights = random.NextDirichlet(_alpha, _width);
        double[] sum = new double[image.Bytes.Length];
        Add(sum, image, 1 - mixing);
        foreach (double weight in weights)
        {
            ImagePixels chain = new(image.Width, image.Height);
            try
            {
                image.Bytes.CopyTo(chain.Bytes);
                for (int left = _depth ?? 1 + random.NextInt32(LongestChain); left > 0; left--)
                {
                    chain = Operation(chain, ref random).Apply(chain, ref random);
                }

                Add(sum, chain, mixing * weight);
            }
            finally
            {
                chain.Dispose();
            }
        }

        Write(sum, image.Bytes);
        return image;
    }

    /// <summary>The magnitude of one operation at one strength.</summary>
    internal static double Magnitude(AugmentKind kind, int index, int width, int height) => kind switch
    {
        AugmentKind.TranslateX => AugmentOperation.Spaced(0f, width / 3f, index, Bins),
        AugmentKind.TranslateY => AugmentOperation.Spaced(0f, height / 3f, index, Bins),
        AugmentKind.Posterize => AugmentOperation.PosterizeBits(index, Bins, lost: 4, most: 4),
        _ => RandAugment.Magnitude(kind, index, Bins, width, height),
    };

    /// <summary>Adds a part of an image to a sum.</summary>
    internal static void Add(Span<double> sum, ImagePixels image, double part)
    {
        Span<byte> levels = image.Bytes;
        for (int i = 0; i < sum.Length; i++)
        {
            sum[i] += part * levels[i];
        }
    }

    /// <summary>Writes a sum as whole levels.</summary>
    internal static void Write(ReadOnlySpan<double> sum, Span<byte> levels)
    {
        for (int i = 0; i < sum.Length; i++)
        {
            levels[i] = (byte)Math.Clamp(sum[i] + Rounding, byte.MinValue, byte.MaxValue);
        }
    }

    private ImageTransform Operation(ImagePixels image, ref SeededRandom random)
    {
        const int Colours = 4;
        AugmentKind kind = Kinds[random.NextInt32(_allOperations ? Kinds.Count : Kinds.Count - Colours)];
        int strength = AugmentOperation.HasMagnitude(kind) ? random.NextInt32(_severity) : 0;
        double magnitude = Magnitude(kind, strength, image.Width, image.Height);
        return AugmentOperation.Create(
            kind, AugmentOperation.IsSigned(kind) && random.NextInt32(2) == 1 ? -magnitude : magnitude, _interpolation, _fill)!;
    }
}
